import { runningSha256, utf8 } from '#platform';
import { b64, fromB64 } from '../encoding.js';
import { type Field, parseField, plainField } from './export-format.js';
import { broken } from './finding.js';
import { bytesOf, listOf, type Members, membersOf, numberOf, textOf } from './json.js';

/** Where the register number of a tenant stands in its entry 0. */
export const REGISTER_NUMBER = '/body/registerNumber';

/** The first line: which epoch, and that it is one of the anchor log's. */
export interface PopulationHeader {
  /** The anchor entry (formats v1 §5.5). */
  readonly epoch: string;
  /** A tlog-proof of it under a checkpoint of the anchor log. */
  readonly anchor: string;
  /** Verifier keys of the operator's own witnesses. */
  readonly witnesses: readonly string[];
}

/** What fills a slot. */
export interface PopulationLog {
  /** The text of the checkpoint that stands in the slot (formats v1 §4.1). */
  readonly head: string;
  /** The bytes of the log's entry 0. */
  readonly entry: Uint8Array;
  /** One item where entry 0 has a register number, and no other. */
  readonly o: readonly Field[];
}

/** One slot. */
export interface PopulationSlot {
  readonly slot: number;
  /** K_slot, 32 bytes. */
  readonly key: Uint8Array;
  /** Null for a slot that no log has a head in. */
  readonly log: PopulationLog | null;
}

/** Writes a population file (`candor-population/v1`) line by line, and the last one over all of them. */
export class PopulationText {
  private readonly hash = runningSha256();
  private lines = 0;

  header({ epoch, anchor, witnesses }: PopulationHeader): string {
    return this.line({ candor: 'population/v1', epoch, anchor, witnesses });
  }

  /** The slots in order, from 0, each once. */
  slot({ slot, key, log }: PopulationSlot): string {
    const used = log === null ? {} : { head: log.head, entry: b64(log.entry), o: log.o.map(plainField) };
    return this.line({ t: 'slot', s: slot, key: b64(key), ...used });
  }

  /** Call once, last. */
  end(): string {
    return `${JSON.stringify({ t: 'end', lines: this.lines, sha256: b64(this.hash.digest()) })}\n`;
  }

  private line(value: object): string {
    const text = `${JSON.stringify(value)}\n`;
    this.hash.update(utf8(text));
    this.lines++;
    return text;
  }
}

/** @throws Broken `json.members` */
export function parsePopulationHeader(value: unknown): PopulationHeader {
  const { candor, epoch, anchor, witnesses } = membersOf(value, ['candor', 'epoch', 'anchor', 'witnesses']);
  if (candor !== 'population/v1') throw broken('json.members', 'a population of version 1 is expected');
  return {
    epoch: textOf(epoch, 'epoch'),
    anchor: textOf(anchor, 'anchor'),
    witnesses: listOf(witnesses, 'witnesses').map((vkey) => textOf(vkey, 'witnesses')),
  };
}

/** @throws Broken `json.members`, `encoding.malformed` */
export function parsePopulationSlot(value: unknown): PopulationSlot {
  const used = typeof value === 'object' && value !== null && (value as Members)['head'] !== undefined;
  const { t, s, key, head, entry, o } = membersOf(
    value,
    used ? ['t', 's', 'key', 'head', 'entry', 'o'] : ['t', 's', 'key'],
  );
  if (t !== 'slot') throw broken('json.members', 'the line of a slot is expected');
  return {
    slot: numberOf(s, 's'),
    key: bytesOf(key, 'key', fromB64, 32),
    log: used
      ? {
          head: textOf(head, 'head'),
          entry: bytesOf(entry, 'entry', fromB64),
          o: listOf(o, 'o').map(parseField),
        }
      : null,
  };
}
