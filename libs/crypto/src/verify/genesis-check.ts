import { equalBytes, sha256 } from '#platform';
import { hex } from '../encoding.js';
import type { EntryJson } from '../entry.js';
import { parseCheckpoint } from '../tlog/checkpoint.js';
import { at, broken, type Finding } from './finding.js';
import type { OriginParts } from './trust.js';

/** What a `log.succeeded` may give as its cause, in words. */
const CAUSES = new Map<unknown, string>([
  ['restored', 'because a store was restored to an earlier time'],
  ['damaged', 'because a store was damaged'],
  ['key-compromised', 'because the key of its heads was in other hands'],
]);

/** The entry 0 of a log that succeeds another (formats v1 §4.5). */
export const SUCCEEDED = 'log.succeeded';

const FIRST = ['tenant.registered', 'platform.installed', SUCCEEDED];

/**
 * Checks that this entry 0 is the one its origin names (formats v1 §1.7), and whether it declares a loss (§4.5).
 * @throws Broken `origin.entry`
 */
export function checkGenesis(entry: EntryJson, bytes: Uint8Array, parts: OriginParts): Finding[] {
  const place = { entry: 0 };
  const found = sha256(bytes);
  if (!equalBytes(found, parts.entry0)) {
    const hashes = { expected: hex(parts.entry0), found: hex(found) };
    throw broken('origin.entry', 'entry 0 is not the one in the origin', { ...place, ...hashes });
  }
  const { slot, operator, previous, cause } = entry.body;
  if (!FIRST.includes(entry.type) || slot !== parts.slot || operator !== parts.operator) {
    throw broken('origin.entry', 'entry 0 does not name the slot and the operator of the origin', place);
  }
  if (entry.log === null) throw broken('origin.entry', 'entry 0 belongs to no log', place);
  if (entry.type !== SUCCEEDED) return [];
  const last = at(place, () => parseCheckpoint(typeof previous === 'string' ? previous : ''));
  const why = CAUSES.get(cause) ?? 'without a cause that is known';
  const message = `the operator declares that entries are lost, ${why}: this log succeeds ${last.origin}, closed at size ${last.size}`;
  return [{ code: 'log.declared-loss', effect: 'broken', message, ...place }];
}
