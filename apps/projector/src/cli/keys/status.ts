import type { KeyAdministration } from '@candor/crypto';
import type { VaultKeys } from '@candor/vault';
import { tableLines } from './table.js';

/** Generations of the vault beside the key service's, for a terminal. */
export async function statusLines(keys: VaultKeys, service: KeyAdministration): Promise<readonly string[]> {
  const known = new Map((await service.generations()).map((one) => [one.generation, one]));
  const mine = new Map((await keys.list()).map((one) => [one.g, one]));
  const all = [...new Set([...known.keys(), ...mine.keys()])].toSorted((a, b) => a - b);
  const rows = all.map((g) => {
    const [vault, service_] = [mine.get(g), known.get(g)];
    return [
      String(g),
      vault?.state ?? 'not used',
      String(vault?.wraps ?? 0),
      String(vault?.rewrapped ?? 0),
      service_?.state ?? 'unknown',
      service_?.destroyAt?.toISOString() ?? '',
    ];
  });
  const table = [['generation', 'vault', 'wraps', 're-wrapped', 'key service', ''], ...rows];
  return tableLines(table);
}
