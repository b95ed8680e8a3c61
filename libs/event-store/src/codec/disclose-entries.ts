import { type Json, saltOf } from '@candor/crypto';
import type { Entry } from '../entry/decode-entry.js';
import type { KeyState, Vault } from '../vault-port.js';
import { fetchKeys, openSealed } from './open-entries.js';

/** One personal field of an entry as it may be shown to a verifier (formats v1 §2.6), or why it cannot be. */
export type DisclosedField = { readonly path: string } & (
  | { readonly salt: Uint8Array; readonly value: Json }
  /** `by`: the event that ordered it, where it is known. */
  | { readonly state: 'erased'; readonly by: string | null }
  | { readonly state: 'lost' }
);

/**
 * Every personal field of each entry, with the salt that proves it; all commitments are computed again (formats v1 §2.5).
 * Nothing is read but the entries, so that a type this build does not know is disclosed like any other.
 * @param onBroken is told of an entry whose envelope does not open: its fields are `lost`
 */
export async function discloseEntries(
  entries: readonly Entry[],
  vault: Vault,
  onBroken: (entry: Entry, error: unknown) => void,
): Promise<readonly (readonly DisclosedField[])[]> {
  const keys = await fetchKeys(entries, vault);
  return entries.map((entry) => {
    try {
      return disclose(entry, keys.get(entry.json.log ?? '') ?? new Map());
    } catch (error) {
      onBroken(entry, error);
      return entry.commitments.map(({ pointer }) => ({ path: pointer, state: 'lost' }));
    }
  });
}

function disclose(entry: Entry, keys: ReadonlyMap<string, KeyState>): readonly DisclosedField[] {
  const opened = new Map<string, ReturnType<typeof openSealed>>();
  return entry.commitments.map(({ pointer: path, keyId }) => {
    const known = keys.get(keyId) ?? { state: 'lost' };
    if (known.state === 'erased') return { path, state: known.state, by: known.by };
    if (known.state === 'lost') return { path, state: known.state };
    const sealed = opened.get(keyId) ?? openSealed(entry, keyId, known.key, 'verified');
    opened.set(keyId, sealed);
    const value = sealed.values.get(path);
    if (value === undefined) return { path, state: 'lost' };
    return { path, salt: saltOf(sealed.seed, path), value };
  });
}
