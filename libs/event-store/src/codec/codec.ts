import { randomUUID } from 'node:crypto';
import { periodOf, type DomainEvent, type Recorded, type Uuid } from '@candor/domain';
import type { Entry } from '../entry/decode-entry.js';
import type { DataKey, Vault } from '../vault-port.js';
import { checkEvent, knownTypes, typeOf, type EventTypes } from './check-event.js';
import { type DisclosedField, discloseEntries } from './disclose-entries.js';
import { entryParts } from './entry-parts.js';
import type { Encoded, EventDraft, Logged } from './event-draft.js';
import { KeyRequests } from './key-requests.js';
import { openEntries, type OpenMode } from './open-entries.js';
import { personalValues } from './personal-values.js';
import { realRandom, sealEntry, type SealRandom, type ToSeal } from './seal-entry.js';

export interface CodecOptions {
  /** Milliseconds since the epoch: this process's clock, for recordedAt. */
  readonly clock?: () => number;
  readonly types?: EventTypes;
  /** Replaced for golden vectors only. */
  readonly random?: SealRandom;
}

/** A draft with its keys asked for, not yet sealed. */
interface Planned<E extends DomainEvent> {
  readonly recorded: Recorded<E>;
  readonly seal: (keys: readonly DataKey[]) => ToSeal;
}

/** Turns decided events into bytes to append, and entries back into events, through the vault's keys. */
export class Codec {
  readonly #vault: Vault;
  readonly #clock: () => number;
  readonly #types: EventTypes;
  readonly #random: SealRandom;

  constructor(vault: Vault, options: CodecOptions = {}) {
    this.#vault = vault;
    this.#clock = options.clock ?? Date.now;
    this.#types = options.types ?? knownTypes;
    this.#random = options.random ?? realRandom;
  }

  /** The catalogue this codec goes by. */
  get types(): EventTypes {
    return this.#types;
  }

  /** A new event held against its schema, as it will be read back. @throws UnknownEventType, InvalidEvent */
  check<E extends DomainEvent>(event: E): E {
    return checkEvent(this.#types, event);
  }

  /**
   * Entry, commitments and envelopes for a batch, in its order (formats v1 §§1, 2). The vault is asked once. Keep what is
   * returned for a retry: a second call makes other events.
   * @throws InvalidEvent, UnknownEventType, EventTooLarge for the first event that may not be stored; VaultUnavailable,
   *   UnknownLog
   */
  async encode<E extends DomainEvent>(drafts: readonly EventDraft<E>[]): Promise<Encoded<E>[]> {
    const encoded = await this.encodeEach(drafts);
    return encoded.map((event) => {
      if (event instanceof Error) throw event;
      return event;
    });
  }

  /** `encode` where an event that may not be stored does not stop the others: it answers with its error in its place. */
  async encodeEach<E extends DomainEvent>(drafts: readonly EventDraft<E>[]): Promise<(Encoded<E> | Error)[]> {
    const recordedAt = new Date(this.#clock()).toISOString();
    const requests = new KeyRequests();
    const planned = drafts.map((draft) => attempt(() => this.#plan(draft, recordedAt, requests)));
    const keys = await requests.fetch(this.#vault);
    return planned.map((plan) => (plan instanceof Error ? plan : attempt(() => this.#seal(plan, keys))));
  }

  /**
   * The events of entries, in their newest schema, in order. Each personal field is opened, or says that it is erased or
   * lost. `list` relies on the envelope's tag, `verified` computes every commitment again (formats v1 §2.5). The vault
   * is asked once per log.
   * @param only ids of the keys whose values are shown, where not all are: what others seal is withheld
   * @throws CorruptEntry an envelope is missing or broken; UnknownEventType, NewerSchema; VaultUnavailable, UnknownLog
   */
  open(entries: readonly Entry[], mode: OpenMode, only?: ReadonlySet<string>): Promise<Logged[]> {
    const opening = { mode, vault: this.#vault, types: this.#types };
    return openEntries(entries, only === undefined ? opening : { ...opening, only });
  }

  /**
   * Every personal field of entries with the salt that proves it, or why it cannot be shown. The vault is asked once per log.
   * @throws VaultUnavailable, UnknownLog
   */
  disclose(
    entries: readonly Entry[],
    onBroken: (entry: Entry, error: unknown) => void,
  ): Promise<readonly (readonly DisclosedField[])[]> {
    return discloseEntries(entries, this.#vault, onBroken);
  }

  #plan<E extends DomainEvent>(draft: EventDraft<E>, recordedAt: string, requests: KeyRequests): Planned<E> {
    const { stream, command, causation } = draft;
    const type = typeOf(this.#types, draft.event.type);
    const { type: name, body, outcome } = this.check(draft.event);
    const id: Uuid = draft.id ?? randomUUID();
    const event = { type: name, body } as E;
    const given = outcome === undefined ? draft.context : { ...draft.context, outcome };
    const parts = entryParts(type, { id, stream, body, recordedAt, context: given });
    const { retention } = type;
    const period = periodOf(retention, recordedAt);
    const personal = personalValues(type, event, parts).map((value) => ({
      value,
      at: requests.add(
        { log: value.log, subject: value.subject, retention, period },
        value.isName ? value.value : undefined,
        value.foundAs === null ? undefined : { kind: value.foundAs, value: value.value },
      ),
    }));
    return {
      recorded: {
        id,
        event,
        schema: type.schema,
        stream,
        context: parts.context,
        recordedAt,
        command,
        causation,
      },
      seal: (keys) => ({
        type: name,
        members: parts.members,
        personal: personal.map(({ value, at }) => ({ value, key: keyAt(keys, at) })),
        command,
        causation,
      }),
    };
  }

  #seal<E extends DomainEvent>({ recorded, seal }: Planned<E>, keys: readonly DataKey[]): Encoded<E> {
    const { data, metadata, leaf } = sealEntry(seal(keys), this.#random);
    return { id: recorded.id, type: recorded.event.type, data, metadata, recorded: { ...recorded, leaf } };
  }
}

function keyAt(keys: readonly DataKey[], at: number): DataKey {
  const key = keys[at];
  if (key === undefined) throw new TypeError('the vault answers every request');
  return key;
}

function attempt<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}
