import { LocalKeyring, openEnvelope } from '@candor/crypto';
import { connectEventStore, decodeEntry } from '@candor/event-store';
import { PgVault } from '@candor/vault';

/** Everything that whoever holds store, vault and keyring can open. */
export interface Opened {
  readonly values: readonly string[];
  /** Entries of all logs. */
  readonly entries: number;
  readonly envelopes: number;
  /** Envelopes whose key is gone, by what became of it. */
  readonly closed: Readonly<Record<'erased' | 'lost', number>>;
}

/** Tries every envelope of the event store with what the vault has, whatever any view or answer says. */
export async function everythingOpened(options: {
  readonly eventStoreUrl: string;
  readonly vaultUrl: string;
  readonly keyringFile: string;
}): Promise<Opened> {
  const vault = PgVault.open(options.vaultUrl, await LocalKeyring.open(options.keyringFile));
  const log = connectEventStore(options.eventStoreUrl);
  const values: string[] = [];
  const closed = { erased: 0, lost: 0 };
  let [entries, envelopes] = [0, 0];
  try {
    for await (const stored of log.readAll()) {
      const { json, leaf, sealed } = decodeEntry(stored);
      if (json.log === null) continue;
      entries += 1;
      const states = await vault.openKeys(json.log, [...sealed.keys()]);
      for (const [keyId, envelope] of sealed) {
        envelopes += 1;
        const state = states.get(keyId);
        if (state?.state !== 'present') closed[state?.state ?? 'lost'] += 1;
        else
          for (const value of openEnvelope({ keyId, key: state.key, leaf, envelope }).values.values())
            values.push(JSON.stringify(value));
      }
    }
  } finally {
    await log.close();
    await vault.close();
  }
  return { values, entries, envelopes, closed };
}
