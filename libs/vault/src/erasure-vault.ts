import type { HoldScope, OrderGround, OrderRule } from '@candor/domain';

/** A key that can still be used, and what it serves. */
export interface LivingKey {
  readonly keyId: string;
  readonly subject: string;
  /** Retention class. */
  readonly retention: string;
  readonly period: string;
}

/** That a log has living keys of a class and a period. */
export interface LivingPlace {
  readonly log: string;
  readonly retention: string;
  readonly period: string;
}

/** The last period of a class whose term has ended. */
export interface EndedTerm {
  readonly retention: string;
  readonly last: string;
}

/** Null: of every class, or every period. */
export interface KeyPlaces {
  readonly log: string;
  readonly retention: string | null;
  readonly period: string | null;
}

export interface FreeKeys {
  /** A hold covers one of the keys. */
  readonly held: boolean;
  /** Ids of keys that none covers. */
  readonly keys: readonly string[];
}

/** An order of `keyerasures-all`: named keys, or every living one of a class (null: every) and a period (null: every). */
export interface KeyOrder {
  /** The order's event. */
  readonly event: string;
  readonly log: string;
  readonly keys: readonly string[] | null;
  readonly retention: string | null;
  readonly period: string | null;
  /** What it follows from. */
  readonly rule: OrderRule;
  readonly ground: OrderGround;
  /** It names what an order took whose own entry is lost (ADR 31): from here on this one took it. */
  readonly again: boolean;
}

/** An order as the vault remembers it. */
export interface CarriedOrder {
  /** Of all that this vault has carried out, which one: 0, 1, 2 … */
  readonly nth: bigint;
  readonly event: string;
  readonly log: string;
  /** Null: it was carried out before this was kept. */
  readonly rule: OrderRule | null;
  readonly ground: OrderGround | null;
}

/**
 * Where the vault stands in `keyerasures-all`: the revision of the last order there, −1 before the first, and its event. It has
 * carried out that one and every one before.
 */
export interface ErasuresApplied {
  readonly revision: bigint;
  readonly event: string | null;
}

/** A key generation. */
export interface WrappedBy {
  readonly g: number;
  /** When it began, milliseconds since 1970. */
  readonly since: number;
}

/** What carrying orders out has done. */
export interface CarriedOut {
  /** How many of the orders were carried out. */
  readonly orders: number;
  /** Which one the last of them was, of all that this vault has carried out. */
  readonly nth: bigint | null;
  /** Keys that lived until then. */
  readonly keys: number;
  /**
   * Key generations that may have wrapped one of them, oldest first: every one that is not destroyed, up to the last that did.
   * None where no key lived.
   */
  readonly generations: readonly WrappedBy[];
}

/** What erasing needs of the vault (formats v1 §§3.5, 3.6). */
export interface ErasureVault {
  /** The living keys of subjects, or of the whole log. @throws VaultUnavailable */
  livingKeys(log: string, subjects: readonly string[] | null): Promise<readonly LivingKey[]>;

  /**
   * Which logs have living keys of these classes whose period is `last` or an earlier one, with class and period: class by
   * class in the order asked for, the earliest periods first.
   */
  livingPlaces(terms: readonly EndedTerm[]): Promise<readonly LivingPlace[]>;

  /** Those of these logs that have a living key. */
  logsWithKeys(logs: readonly string[]): Promise<readonly string[]>;

  /**
   * Of the keys that one order would take, all of a log or those of a class and a period: whether holds cover some, and
   * `most` of the others.
   */
  freeKeys(place: KeyPlaces, holds: readonly HoldScope[], most: number): Promise<FreeKeys>;

  erasuresApplied(): Promise<ErasuresApplied>;

  /**
   * Carries out the order at this revision, in one transaction: keys and the blind rows of subjects without further keys
   * go, tombstones stay. Carried out already, it changes nothing.
   * @throws RangeError the order before it was not carried out; VaultUnavailable
   */
  applyErasure(revision: bigint, order: KeyOrder): Promise<void>;

  /** The same wherever it stands: where the vault stands does not change. */
  carryOut(order: KeyOrder): Promise<void>;

  /** Says anew where the vault stands, when it has carried out everything up to there. Unless it moved meanwhile. */
  standAt(before: ErasuresApplied, now: ErasuresApplied): Promise<void>;

  /** Everything that was carried out, in order, after the nth (−1: from the first). */
  ordersCarriedOut(after: bigint, most: number): Promise<readonly CarriedOrder[]>;

  /** What orders did, by their events. */
  carriedOut(orders: readonly string[]): Promise<CarriedOut>;

  /** The keys that this order took, ascending, after one (null: from the first); none where it was not carried out. */
  keysTaken(order: string, after: string | null, most: number): Promise<readonly string[]>;

  /** Which one the last order of a log was, of all that were carried out; null where there is none. */
  lastOrder(log: string): Promise<bigint | null>;

  /** Deletes what subjects are found by, of those that have no living key. */
  forgetSubjects(log: string, subjects: readonly string[]): Promise<void>;

  /**
   * Whether no process can know a key any more that was erased up to the nth order: each has said so, or the time has
   * passed for which one may remember (formats v1 §3.5).
   */
  forgotten(nth: bigint): Promise<boolean>;

  /**
   * Does something while nobody else does anything under this name, in any process: a hold is placed, or orders are
   * given. The work MUST be short. Work under other names goes on meanwhile, as far as there are connections.
   */
  inTurn<T>(name: string, work: () => Promise<T>): Promise<T>;

  /**
   * Says that orders of a log may be given from now on, until it is taken back. A turn may be lost on the way, with the
   * connection that held it; so it is announced before holds are looked at, and looked for once a hold is placed. One of the
   * two sees the other, whatever becomes of turns.
   * @returns takes it back: where nothing was sent, or what came of it is known
   */
  announceOrders(log: string): Promise<() => Promise<void>>;

  /** Whether orders of a log may be given that have not seen what was placed just now. */
  ordersAnnounced(log: string): Promise<boolean>;
}

/**
 * Milliseconds after which orders that were announced, and of which nothing more is known, are not given any more: nothing is
 * sent later than 20 s after the announcement, and an append is given up after 5.
 */
export const ANNOUNCED_FOR = 60_000;
/** Milliseconds after the announcement in which orders are sent, or not at all. */
export const ORDERS_SENT_WITHIN = 20_000;

/** What holds and orders of a log take turns under. */
export const orderTurn = (log: string): string => `orders-${log}`;
