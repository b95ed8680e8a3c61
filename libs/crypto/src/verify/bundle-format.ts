import { b64, b64u, fromB64, fromB64u } from '../encoding.js';
import type { Json } from '../jcs.js';
import { broken } from './finding.js';
import { bytesOf, listOf, membersOf, numberOf, parseExact, textOf } from './json.js';

/** The longest bundle that is read, in characters: an entry, its fields and two proofs. */
const MAX_LENGTH = 2_000_000;

/** One disclosed field (formats v1 §2.6). */
export interface Opening {
  /** RFC 6901 pointer from the entry's root. */
  readonly path: string;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  readonly value: Json;
}

/** Where a log's head stands in an epoch. */
export interface SlotProof {
  readonly epoch: number;
  readonly slot: number;
  /** The blinding, 32 bytes. */
  readonly r: Uint8Array;
  /** k hashes, the sibling first. */
  readonly path: readonly Uint8Array[];
}

/** One entry with all that proves it (formats v1 §6). */
export interface Bundle {
  /** The entry's exact bytes. */
  readonly entry: Uint8Array;
  readonly openings: readonly Opening[];
  /** A tlog-proof under the checkpoint that is anchored in `epoch`. */
  readonly log: string;
  /** Null when the checkpoint is in no epoch yet. */
  readonly anchored: {
    readonly slot: SlotProof;
    /** The anchor entry. */
    readonly epoch: string;
    /** A tlog-proof of it in the anchor log. */
    readonly anchor: string;
  } | null;
}

export function formatBundle({ entry, openings, log, anchored }: Bundle): string {
  const slot = anchored?.slot;
  return JSON.stringify({
    candor: 'bundle/v1',
    entry: b64(entry),
    openings: openings.map(formatOpening),
    log,
    slot:
      slot === undefined
        ? null
        : { epoch: slot.epoch, slot: slot.slot, r: b64(slot.r), path: slot.path.map(b64) },
    epoch: anchored?.epoch ?? null,
    anchor: anchored?.anchor ?? null,
  });
}

/** As bundles and exports write a disclosed field. */
export function formatOpening({ path, salt, value }: Opening): { path: string; salt: string; value: Json } {
  return { path, salt: b64u(salt), value };
}

/**
 * Reads a bundle: exactly what `formatBundle` writes, perhaps with a newline at its end.
 * @throws Broken `bundle.too-large`, `json.form`, `json.members`, `bundle.parts`, `encoding.malformed`
 */
export function parseBundle(text: string): Bundle {
  if (text.length > MAX_LENGTH) throw broken('bundle.too-large', 'a bundle of this length is not read');
  const value = parseExact(text.replace(/\n$/, ''));
  const all = membersOf(value, ['candor', 'entry', 'openings', 'log', 'slot', 'epoch', 'anchor']);
  if (all['candor'] !== 'bundle/v1') throw broken('json.members', 'a bundle of version 1 is expected');
  return {
    entry: bytesOf(all['entry'], 'entry', fromB64),
    openings: listOf(all['openings'], 'openings').map(parseOpening),
    log: textOf(all['log'], 'log'),
    anchored: anchoredOf(all['slot'], all['epoch'], all['anchor']),
  };
}

function anchoredOf(slot: unknown, epoch: unknown, anchor: unknown): Bundle['anchored'] {
  if (slot === null && epoch === null && anchor === null) return null;
  if (slot === null || epoch === null || anchor === null) {
    throw broken('bundle.parts', 'slot, epoch and anchor are given together');
  }
  const { epoch: number, slot: index, r, path } = membersOf(slot, ['epoch', 'slot', 'r', 'path']);
  const proof = {
    epoch: numberOf(number, 'slot.epoch'),
    slot: numberOf(index, 'slot.slot'),
    r: bytesOf(r, 'slot.r', fromB64, 32),
    path: hashesOf(path, 'slot.path'),
  };
  return { slot: proof, epoch: textOf(epoch, 'epoch'), anchor: textOf(anchor, 'anchor') };
}

/** A list of hashes in base64. @throws Broken `json.members`, `encoding.malformed` */
export function hashesOf(value: unknown, what: string): Uint8Array[] {
  return listOf(value, what).map((hash) => bytesOf(hash, what, fromB64, 32));
}

/** @throws Broken `json.members`, `encoding.malformed` */
export function parseOpening(value: unknown): Opening {
  const { path, salt, value: opened } = membersOf(value, ['path', 'salt', 'value']);
  return { path: textOf(path, 'path'), salt: bytesOf(salt, 'salt', fromB64u, 32), value: opened as Json };
}
