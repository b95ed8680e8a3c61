import type { Uuid } from '@candor/domain';
import {
  type ErasurePreviewed,
  type GivenExport,
  type GivenExports,
  loadCheckpoints,
  logSize,
  previewErasure,
} from '@candor/read-models';
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
  const places = await loadCheckpoints(looked.pool);
  const [counted, other] = ['audit_log_v1', 'erasures_v1'].map(
    (view) => places.get(view)?.place?.position ?? -1n,
  );
  const behind = (counted ?? -1n) < (other ?? -1n);
  const preview = await previewErasure(sourcesOf(looked), tenant, subjects, looked.at);
  if (behind && !json)
    say('The view of the audit log is behind others: what is counted here may be too little.');
  if (json) say(JSON.stringify({ at: looked.at, tenant, subjects, behind, ...preview }));
  else if ((await logSize(looked.pool, tenant)) === 0) say(`No view has a log ${tenant}.`);
  else for (const line of previewLines(tenant, preview)) say(line);
  return preview.holds.length > 0 ? 1 : 0;
}

function previewLines(
  tenant: Uuid,
  { keys, entries, views, exports, sinks, holds }: ErasurePreviewed,
): string[] {
  if (keys.length === 0) return ['No key of theirs lives: nothing would become unreadable.'];
  const rows = keys.map((key) => [key.class, key.period, String(key.count)]);
  return [
    ...tableLines([['class', 'period', 'keys'], ...rows]),
    `${entries} entries would become unreadable, for ever. The entries stay, and so does every proof.`,
    `Shown by: ${views.join(', ')}`,
    ...exportLines(exports),
    sinks.length === 0 ? 'No sink is registered.' : `Sinks to be told: ${sinks.join(', ')}`,
    ...holds.map((hold) => `HELD by ${hold}: nothing is erased while it stands.`),
    'Nothing was changed. One person asks for it, another confirms:',
    `  POST /v1/tenants/${tenant}/erasures, then …/erasures/<erasure>/confirmation`,
  ];
}

function exportLines({ count, more, newest }: GivenExports): string[] {
  if (count === 0 && !more) return ['No export gave out any of it.'];
  const rows = newest.map(({ at, actor, event, ...one }) => {
    const who = actor.onBehalfOf === null ? '' : ` for ${actor.onBehalfOf}`;
    return [at, whatOf(one), `${actor.kind} ${actor.id}${who}`, event];
  });
  return [
    `${more ? 'At least ' : ''}${count} exports gave out some of it. An erasure does not reach what was given out: tell those who have it (GDPR Art. 19).`,
    ...tableLines([['given out at', 'what', 'to', 'entry'], ...rows]),
    ...(more || count > newest.length
      ? ['Older ones are in the audit log, under the action log.exported.']
      : []),
  ];
}

function whatOf({ kind, subjects, from, size }: Omit<GivenExport, 'at' | 'actor' | 'event'>): string {
  switch (kind) {
    case 'log':
      return `entries ${from} to ${size - 1} of the log`;
    case 'subjects':
      return `all about ${subjects.join(', ')}`;
    case 'population':
      return `register numbers, with epoch ${from}`;
  }
}
