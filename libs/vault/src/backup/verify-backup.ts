import {
  FormatFault,
  KeyServiceFault,
  type KeyService,
  type SecretName,
  unwrapDataKey,
  unwrapSecret,
  wrappingKeyAad,
} from '@candor/crypto';
import type { VaultGenerationState } from '../pg/vault-keys.js';
import { type BackupEnd, type BackupPart, readBackup } from './read-backup.js';
import type { BackupRow } from './tables.js';

export interface VerifiedBackup extends BackupEnd {
  /** Its generations; `wraps`: keys and secrets under each. */
  readonly generations: ReadonlyMap<number, { readonly state: VaultGenerationState; readonly wraps: number }>;
  /** Keys and secrets that do not open. */
  readonly broken: number;
}

/**
 * Reads a backup back, and opens every key and secret in it through the key service. Nothing of them is kept.
 * @throws BackupFault; KeyServiceFault `unavailable`
 */
export async function verifyBackup(path: string, service: KeyService): Promise<VerifiedBackup> {
  const generations = new Map<number, { readonly state: VaultGenerationState; wraps: number }>();
  const wks = new Map<string, Uint8Array>();
  let broken = 0;
  const open = (row: BackupRow, unwrap: (wk: Uint8Array, g: number, wrapped: Uint8Array) => unknown) => {
    const g = Number(row['g']);
    const generation = generations.get(g);
    if (generation !== undefined) generation.wraps += 1;
    const wk = wks.get(`${String(row['log'])} ${g}`);
    if (wk === undefined || !opens(() => unwrap(wk, g, bytesOf(row['wrapped'])))) broken += 1;
  };
  const takes: Partial<Record<BackupPart['table'], (rows: readonly BackupRow[]) => Promise<void> | void>> = {
    generation: (rows) => {
      for (const { g, state } of rows)
        generations.set(Number(g), { state: state as VaultGenerationState, wraps: 0 });
    },
    wrapping_key: async (rows) => {
      for (const [name, wk] of await wrappingKeys(rows, generations, service)) wks.set(name, wk);
    },
    secret: (rows) => {
      for (const row of rows)
        open(row, (wk, generation, wrapped) => unwrapSecret(wk, { ...secretOf(row), generation }, wrapped));
    },
    data_key: (rows) => {
      for (const row of rows)
        open(row, (wk, generation, wrapped) => unwrapDataKey(wk, { ...keyOf(row), generation }, wrapped));
    },
  };
  const end = await readBackup(path, async ({ table, rows }) => {
    await takes[table]?.(rows);
  });
  return { ...end, generations, broken };
}

/** Those that open; whatever is below another one then does not. */
async function wrappingKeys(
  rows: readonly BackupRow[],
  generations: VerifiedBackup['generations'],
  service: KeyService,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const [g, group] of Map.groupBy(rows, (row) => Number(row['g']))) {
    const state = generations.get(g)?.state;
    if (state === undefined || state === 'destroying' || state === 'destroyed') continue;
    const keys = await unwrapAll(service, g, group);
    group.forEach((row, i) => {
      const key = keys[i];
      if (key !== undefined) found.set(`${text(row['log'])} ${g}`, key);
    });
  }
  return found;
}

async function unwrapAll(
  service: KeyService,
  g: number,
  rows: readonly BackupRow[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const wraps = rows.map((row) => bytesOf(row['wrapped']));
  const aads = rows.map((row) => wrappingKeyAad(text(row['log']), g));
  try {
    return await service.unwrap(g, wraps, aads);
  } catch (error) {
    if (!(error instanceof KeyServiceFault) || error.reason === 'unavailable') throw error;
    if (rows.length === 1) return [undefined];
  }
  // One that does not open hides no other.
  const each: (Uint8Array | undefined)[] = [];
  for (const row of rows) each.push(...(await unwrapAll(service, g, [row])));
  return each;
}

function opens(unwrap: () => unknown): boolean {
  try {
    unwrap();
    return true;
  } catch (error) {
    if (error instanceof FormatFault) return false;
    throw error;
  }
}

const secretOf = (row: BackupRow) => ({ log: text(row['log']), name: text(row['name']) as SecretName });
const keyOf = (row: BackupRow) => ({
  log: text(row['log']),
  subject: text(row['subject']),
  keyId: text(row['key_id']),
});
const text = (value: unknown): string => String(value);
const bytesOf = (value: unknown): Uint8Array => Buffer.from(text(value).replace(/^\\x/, ''), 'hex');
