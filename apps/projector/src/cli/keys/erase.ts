import type { Uuid } from '@candor/domain';
import { type ErasurePreviewed, logSize, previewErasure } from '@candor/read-models';
import { tableLines } from './table.js';
import { type Looked, sourcesOf } from './views.js';

export interface EraseDryRun {
  readonly tenant: Uuid;
  readonly subjects: readonly Uuid[];
  readonly json: boolean;
}

/** What an erasure would take, as the API says it before one is asked for. Nothing is stored. @returns 1 where it is held */
export async function eraseDryRun(
  looked: Looked,
  { tenant, subjects, json }: EraseDryRun,
  say: (line: string) => void,
): Promise<0 | 1> {
  const preview = await previewErasure(sourcesOf(looked), tenant, subjects, looked.at);
  if (json) say(JSON.stringify({ at: looked.at, tenant, subjects, ...preview }));
  else if ((await logSize(looked.pool, tenant)) === 0) say(`No view has a log ${tenant}.`);
  else for (const line of previewLines(tenant, preview)) say(line);
  return preview.holds.length > 0 ? 1 : 0;
}

function previewLines(tenant: Uuid, { keys, entries, views, sinks, holds }: ErasurePreviewed): string[] {
  if (keys.length === 0) return ['No key of theirs lives: nothing would become unreadable.'];
  const rows = keys.map((key) => [key.class, key.period, String(key.count)]);
  return [
    ...tableLines([['class', 'period', 'keys'], ...rows]),
    `${entries} entries would become unreadable, for ever. The entries stay, and so does every proof.`,
    `Shown by: ${views.join(', ')}`,
    sinks.length === 0 ? 'No sink is registered.' : `Sinks to be told: ${sinks.join(', ')}`,
    ...holds.map((hold) => `HELD by ${hold}: nothing is erased while it stands.`),
    'Nothing was changed. One person asks for it, another confirms:',
    `  POST /v1/tenants/${tenant}/erasures, then …/erasures/<erasure>/confirmation`,
  ];
}
