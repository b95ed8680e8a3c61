import { z } from 'zod';
import { keyClasses } from '../kernel/retention.js';

/** GDPR Art. 17(1)(a)–(f), in that order. */
export const erasureGrounds = [
  'no-longer-necessary',
  'consent-withdrawn',
  'objection',
  'unlawful-processing',
  'legal-obligation',
  'child-service',
] as const;
export type ErasureGround = (typeof erasureGrounds)[number];

/** Why an erasure is not carried out; the last five are those of GDPR Art. 17(3)(a)–(e), in that order. */
export const refusalCauses = [
  'withdrawn',
  'not-identified',
  'freedom-of-expression',
  'legal-obligation',
  'public-health',
  'archiving',
  'legal-claims',
] as const;

/** What an order follows from: somebody's request, the end of a class's term, the end of a contract. */
export const orderRules = ['erasure', 'retention', 'offboarding'] as const;
export type OrderRule = (typeof orderRules)[number];

/** Of an order: as requested, or GDPR Art. 5(1)(e), or Art. 28(3)(g). */
export const orderGrounds = [...erasureGrounds, 'storage-limitation', 'contract-ended'] as const;
export type OrderGround = (typeof orderGrounds)[number];

/**
 * `reason.code` of an order that is given again, because the entry of the one that took its keys is lost: they are gone, and the log
 * says so anew (ADR 31).
 */
export const ORDER_LOST = 'ORDER_LOST';

export const holdBases = ['legal-claims', 'authority-order', 'investigation'] as const;

/** One person may be several subjects of a log: a user and a recipient. */
export const MOST_SUBJECTS = 16;
/** That stand in a log at once: far fewer than whoever gives orders can look at. */
export const MOST_HOLDS = 5_000;
/** Of a log at once. */
export const MOST_SINKS = 64;
/** In one receipt: sinks that are registered at the same moment may be a few more than MOST_SINKS. */
export const MOST_SINKS_TOLD = 500;

/** What a receipt says of a sink. */
export const sinkStates = ['confirmed', 'told', 'removed', 'unreached'] as const;
export type ToldState = (typeof sinkStates)[number];
/** Of one order (formats v1 §3.5). */
export const KEYS_PER_ORDER = 1_000;
/** Of one erasure. */
export const MOST_ORDERS = 1_000;

/** A retention class that has keys. */
export const keyClass = z.enum(keyClasses);
