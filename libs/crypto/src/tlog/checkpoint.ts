import { equalBytes } from '#platform';
import { b64, fromB64, requireLength } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { parseDecimal } from './decimal.js';
import { EMPTY_ROOT } from './hashes.js';
import { openNote, type OpenedNote, type Verifier } from './note.js';
import { isKeyName } from './vkey.js';

/** A log's head: c2sp.org/tlog-checkpoint without extension lines (formats v1 §4.1). */
export interface Checkpoint {
  /** The log's name, also its key's. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** A checkpoint whose note was opened with keys known beforehand. */
export interface OpenedCheckpoint extends OpenedNote {
  readonly checkpoint: Checkpoint;
}

/** The text that is signed. @throws FormatFault `checkpoint.malformed`, `checkpoint.empty-root`, `length.wrong` */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  requireLength(root, 32, 'a root');
  const text = `${origin}\n${size}\n${b64(root)}\n`;
  parseCheckpoint(text);
  return text;
}

/**
 * Reads a checkpoint's text; whatever `formatCheckpoint` writes otherwise is refused, extension lines too.
 * @throws FormatFault `checkpoint.malformed`, `length.wrong`, `checkpoint.empty-root` when size 0 has a root of something
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', end, ...more] = text.split('\n');
  const checkpoint = { origin, size: decimal(size), root: rootFrom(root) };
  if (!isKeyName(origin) || end !== '' || more.length > 0) throw malformed();
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, EMPTY_ROOT)) {
    throw new FormatFault('checkpoint.empty-root', 'a tree without leaves has the root of nothing');
  }
  return checkpoint;
}

/**
 * Opens a signed checkpoint of this log, and of no other.
 * @throws FormatFault the findings of `openNote` and `parseCheckpoint`; `checkpoint.origin` for another log's
 */
export async function openCheckpoint(
  note: string,
  origin: string,
  verifiers: readonly Verifier[],
): Promise<OpenedCheckpoint> {
  const opened = await openNote(note, verifiers);
  const checkpoint = parseCheckpoint(opened.text);
  if (checkpoint.origin !== origin)
    throw new FormatFault('checkpoint.origin', 'the checkpoint of another log');
  return { ...opened, checkpoint };
}

function decimal(text: string): number {
  const value = parseDecimal(text);
  if (value === undefined) throw malformed();
  return value;
}

function rootFrom(text: string): Uint8Array {
  if (text.length !== 44) throw malformed();
  const root = fromB64(text);
  requireLength(root, 32, 'a root');
  return root;
}

function malformed(): FormatFault {
  return new FormatFault('checkpoint.malformed', 'origin, size and base64 root are expected, a line each');
}
