import { isUuid } from '@candor/crypto';
import type { Uuid } from '@candor/domain';

const SEALED = 'sealed:';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What stands beside an entry and is not proven (formats v1 §1.3). */
export interface EntryMetadata {
  readonly command: Uuid | null;
  readonly causation: Uuid | null;
  /** Envelopes in b64 by the id of the key that seals them. */
  readonly sealed: ReadonlyMap<Uuid, string>;
}

export function encodeMetadata({ command, causation, sealed }: EntryMetadata): Uint8Array {
  // Written by hand: an object whose names nobody has seen before takes twice as long.
  const members: string[] = [];
  const add = (name: string, value: string): void =>
    void members.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (command !== null) add('command', command);
  if (causation !== null) add('causation', causation);
  for (const [keyId, envelope] of sealed) add(SEALED + keyId, envelope);
  return Buffer.from(`{${members.join(',')}}`, 'utf8');
}

/** @returns undefined for anything but one flat JSON object of strings with names of formats v1 §1.3 */
export function decodeMetadata(bytes: Uint8Array): EntryMetadata | undefined {
  const members = parse(bytes);
  if (typeof members !== 'object' || members === null || Array.isArray(members)) return undefined;
  let command: Uuid | null = null;
  let causation: Uuid | null = null;
  const sealed = new Map<Uuid, string>();
  for (const [name, value] of Object.entries(members)) {
    if (typeof value !== 'string') return undefined;
    if (name.startsWith(SEALED)) {
      const keyId = name.slice(SEALED.length);
      if (!isUuid(keyId)) return undefined;
      sealed.set(keyId, value);
      continue;
    }
    if (!isUuid(value)) return undefined;
    if (name === 'command') command = value;
    else if (name === 'causation') causation = value;
    else return undefined;
  }
  return { command, causation, sealed };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}
