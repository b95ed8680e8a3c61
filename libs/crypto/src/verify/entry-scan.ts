import type { FoundCommitment } from '../commitment.js';
import { fromB64u } from '../encoding.js';
import { ENTRY_MAX_BYTES, isCalendarDay } from '../entry.js';
import { BodyScan } from './body-scan.js';
import { COMMITMENT, orNull, quoted, TEXT, TIME, TOKEN, UUID } from './grammar.js';

/** What is asked of an entry that only stands in a log. */
export interface EntryFacts {
  readonly log: string | null;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly recordedAt: string;
}

/** A commitment as its entry writes it. */
export class WrittenCommitment implements FoundCommitment {
  constructor(
    readonly pointer: string,
    /** b64u of 32 bytes. */
    readonly written: string,
    readonly keyId: string,
  ) {}

  get c(): Uint8Array {
    return fromB64u(this.written);
  }
}

export interface ScannedEntry extends EntryFacts {
  readonly commitments: readonly WrittenCommitment[];
}

const ACTOR =
  `\\{"id":"${UUID}","kind":"(?:user|employee|service|external)",` +
  `"name":${orNull(COMMITMENT)},"onBehalfOf":${orNull(quoted(UUID))}\\}`;
const AUTHORIZATION = `\\{"grant":${orNull(quoted(UUID))},"permission":${orNull(quoted(TOKEN))}\\}`;
const REASON = `\\{"code":${orNull(quoted(TOKEN))},"ticket":${orNull(COMMITMENT)}\\}`;
const SOURCE = `\\{"agent":${orNull(COMMITMENT)},"country":${orNull('"[A-Z]{2}"')},"ip":${orNull(COMMITMENT)}\\}`;

// The members of an entry in the order of JCS.
const BEFORE_BODY = new RegExp(`\\{"actor":${ACTOR},"authorization":${orNull(AUTHORIZATION)},"body":`, 'y');
const AFTER_BODY = new RegExp(
  `,"correlation":${orNull(quoted(UUID))},"id":"(${UUID})","log":"(${UUID})","occurredAt":"(${TIME})",` +
    `"outcome":"(?:success|failure|refused)","reason":${orNull(REASON)},"recordedAt":"(${TIME})",` +
    `"schema":[1-9][0-9]{0,14},"source":${orNull(SOURCE)},"stream":"(${TEXT})","type":"(${TEXT})","v":1\\}$`,
  'y',
);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads an entry from its text alone, without building it: so nearly all can be told good in a third of the time.
 * @returns undefined for one that `parseEntry` and `commitmentsOf` must judge; what is not undefined they accept, and
 *   read the same
 */
export function scanEntry(bytes: Uint8Array): ScannedEntry | undefined {
  const text = bytes.length > ENTRY_MAX_BYTES ? undefined : textOf(bytes);
  if (text === undefined) return undefined;
  BEFORE_BODY.lastIndex = 0;
  const before = BEFORE_BODY.exec(text);
  if (before === null) return undefined;
  const commitments: WrittenCommitment[] = [];
  const add = (pointer: string, c: string | undefined, k: string | undefined): void => {
    if (c !== undefined && k !== undefined) commitments.push(new WrittenCommitment(pointer, c, k));
  };
  add('/actor/name', before[1], before[2]);
  const body = new BodyScan(text, BEFORE_BODY.lastIndex, add);
  if (!body.isCanonical()) return undefined;
  AFTER_BODY.lastIndex = body.end;
  const after = AFTER_BODY.exec(text);
  if (after === null) return undefined;
  const occurredAt = after[3] ?? '';
  const recordedAt = after[6] ?? '';
  if (!isCalendarDay(occurredAt) || !isCalendarDay(recordedAt)) return undefined;
  add('/reason/ticket', after[4], after[5]);
  add('/source/agent', after[7], after[8]);
  add('/source/ip', after[9], after[10]);
  return {
    log: after[2] ?? '',
    id: after[1] ?? '',
    type: after[12] ?? '',
    stream: after[11] ?? '',
    recordedAt,
    commitments,
  };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
