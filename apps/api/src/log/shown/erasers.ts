import type { Uuid } from '@candor/domain';
import type { EntryIndex } from '@candor/read-models';
import type { Views } from '../../views/views.js';
import type { ShownEntry } from './shown-entry.js';

/**
 * Erased values say by which entry of the same log they were erased: by its index, as proofs do (formats v1 §2.6), and in a
 * successor, which one. Null where the view does not have it yet.
 */
export async function withErasers(
  logs: readonly (Uuid | null)[],
  shown: readonly ShownEntry[],
  views: Pick<Views, 'indexes'>,
): Promise<readonly ShownEntry[]> {
  const wanted = new Map<Uuid, Set<Uuid>>();
  for (const [n, entry] of shown.entries()) {
    const log = logs[n] ?? '';
    for (const by of erasersOf(entry)) wanted.set(log, (wanted.get(log) ?? new Set()).add(by));
  }
  if (wanted.size === 0) return shown;
  const indexes = new Map(
    await Promise.all(
      [...wanted].map(async ([log, ids]) => [log, await views.indexes(log, [...ids])] as const),
    ),
  );
  return shown.map((entry, n) => replaced(entry, indexes.get(logs[n] ?? '') ?? new Map()) as ShownEntry);
}

interface Erased {
  readonly state: 'erased';
  readonly by: Uuid | null;
}

const isErased = (value: object): value is Erased =>
  'state' in value && value.state === 'erased' && 'by' in value;

function* erasersOf(value: unknown): Generator<Uuid> {
  if (typeof value !== 'object' || value === null) return;
  if (isErased(value)) {
    if (value.by !== null) yield value.by;
  } else for (const member of Object.values(value)) yield* erasersOf(member);
}

function replaced(value: unknown, indexes: ReadonlyMap<Uuid, EntryIndex>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, indexes));
  if (isErased(value)) {
    const { index = null, succession = 0 } = indexes.get(value.by ?? '') ?? {};
    return { state: 'erased', by: index, ...(succession === 0 ? {} : { succession }) };
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member, indexes)]));
}
