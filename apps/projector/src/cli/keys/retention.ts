import { covers, type KeyClass, keyClasses, lapsesAt } from '@candor/domain';
import { type Hold, holdsOf, type LapsePreviewed, previewLapse } from '@candor/read-models';
import type { LivingPeriod } from '@candor/vault';
import {
  type Due,
  dueLapses,
  type EndedContract,
  endedContracts,
  lapseOf,
} from '../../reactors/due-lapses.js';
import type { SetTerm } from '../../reactors/retention-setting.js';
import { tableLines } from './table.js';
import { type Looked, sourcesOf } from './views.js';

const daysIn = (terms: Readonly<Record<KeyClass, SetTerm>>) =>
  Object.fromEntries(keyClasses.map((one) => [one, terms[one].days])) as Record<KeyClass, number>;

interface Term {
  readonly class: KeyClass;
  readonly days: number;
  /** It is another one than the class has by itself. */
  readonly changed: boolean;
  readonly citation: string | null;
  readonly keys: number;
  /** The next period to lapse, and when. */
  readonly next: {
    readonly period: string;
    readonly at: string;
    readonly keys: number;
    readonly logs: number;
  } | null;
}

interface DueNow {
  readonly log: string;
  /** Null: of a contract that ended, every class and period. */
  readonly class: string | null;
  readonly period: string | null;
  /** Crowded: more holds stand than are looked at, so that nothing of the log is erased. */
  readonly state: 'due' | 'in part held' | 'held' | 'crowded';
  /** What it would make unreadable; null where nothing lapses, or of those after the first few. */
  readonly takes: Taken | null;
}

interface Taken extends LapsePreviewed {
  /** There are more keys than were looked at: entries and exports are of these. */
  readonly more: boolean;
}

/** Due lapses that are looked at one by one. */
const MOST = 1_000;
/** Of which it is looked up what they take, and how many keys of each. */
const MOST_TAKEN = 20;
const MOST_KEYS = 10_000;

/** Classes and their terms, what lapses next, and what is due: as the projector goes by it. */
export async function retention(
  looked: Looked,
  terms: Readonly<Record<KeyClass, SetTerm>>,
  { json }: { readonly json: boolean },
  say: (line: string) => void,
): Promise<0> {
  const { vault, pool, at } = looked;
  const periods = await vault.livingPeriods();
  const classes = keyClasses.map((one) => termOf(one, terms[one], periods, at));
  const all = await dueLapses({ erasures: vault.erasures, pool, retentionDays: daysIn(terms) }, at);
  const due: DueNow[] = [];
  for (const [n, one] of all.slice(0, MOST).entries()) due.push(await dueNow(looked, one, n < MOST_TAKEN));
  const ending = (await endedContracts(pool)).filter(({ returnUntil }) => returnUntil > at);
  const more = all.length - due.length;
  if (json) say(JSON.stringify({ at, classes, due, more, ending }));
  else for (const line of lines({ classes, due, more, ending })) say(line);
  return 0;
}

function termOf(
  name: KeyClass,
  { days, citation, changed }: SetTerm,
  periods: readonly LivingPeriod[],
  at: string,
): Term {
  const living = periods.filter(({ retention: of }) => of === name);
  const next = living.find(({ period }) => lapsesAt(period, days) > at);
  return {
    class: name,
    days,
    changed,
    citation,
    keys: living.reduce((sum, { keys }) => sum + keys, 0),
    next:
      next === undefined
        ? null
        : { period: next.period, at: lapsesAt(next.period, days), keys: next.keys, logs: next.logs },
  };
}

async function dueNow(looked: Looked, due: Due, lookUp: boolean): Promise<DueNow> {
  const { vault, pool, at } = looked;
  const { log, whole } = due;
  const place =
    'class' in whole ? { class: whole.class, period: whole.period } : { class: null, period: null };
  const { holds, more } = await holdsOf(pool, log, at);
  if (more) return { log, ...place, state: 'crowded', takes: null };
  const plan = await lapseOf(vault.erasures, due, holds);
  if (plan === 'held' || plan === 'nothing')
    return { log, ...place, state: plan === 'held' ? 'held' : 'due', takes: null };
  const takes = lookUp ? await takenBy(looked, log, place, holds) : null;
  return { log, ...place, state: 'keys' in plan ? 'in part held' : 'due', takes };
}

async function takenBy(
  looked: Looked,
  log: string,
  { class: retention, period }: Pick<DueNow, 'class' | 'period'>,
  holds: readonly Hold[],
): Promise<Taken> {
  const found = await looked.vault.keysAt({ log, retention, period }, MOST_KEYS + 1);
  const free = found
    .slice(0, MOST_KEYS)
    .filter((key) => !holds.some((hold) => covers(hold, { subject: key.subject, class: key.retention })));
  return { ...(await previewLapse(sourcesOf(looked), log, free)), more: found.length > MOST_KEYS };
}

function takenLines({ log, class: of, period, takes }: DueNow): readonly string[] {
  if (takes === null) return [];
  const { keys, entries, views, exports, more } = takes;
  const least = more ? 'at least ' : '';
  const given = `${more || exports.more ? 'at least ' : ''}${exports.count} exports gave out some of it`;
  return [
    `  ${log} ${of ?? 'every class'} ${period ?? ''}: ${least}${keys} keys, ${least}${entries} entries, shown by ${views.join(', ')}; ${given}.`,
  ];
}

function lines(found: {
  readonly classes: readonly Term[];
  readonly due: readonly DueNow[];
  readonly more: number;
  readonly ending: readonly EndedContract[];
}): readonly string[] {
  const { classes, due, more, ending } = found;
  const terms = classes.map(({ class: name, days, keys, next }) => [
    name,
    String(days),
    String(keys),
    next?.period ?? '-',
    next?.at ?? '-',
    next === null ? '-' : `${next.keys} keys of ${next.logs} logs`,
  ]);
  const left = due.map((one) => [
    one.log,
    one.class ?? 'every class',
    one.period ?? 'contract ended',
    one.state === 'crowded' ? 'held: too many holds stand to be looked at, release some' : one.state,
  ]);
  return [
    ...tableLines([['class', 'days', 'living keys', 'next period', 'lapses at', ''], ...terms]),
    'Days are counted from the end of the period. Why so long:',
    ...classes.map(
      ({ class: name, citation }) => `  ${name}: ${citation ?? 'NOT SAID (CANDOR_RETENTION_FILE)'}`,
    ),
    ...classes.flatMap(({ class: name, changed }) =>
      changed ? [`The term of ${name} is this installation’s own.`] : [],
    ),
    ...ending.map(
      ({ log, returnUntil }) => `The data of ${log} are returned until ${returnUntil}, and lapse then.`,
    ),
    due.length === 0 ? 'Nothing is due.' : 'Due, and taken by the projector within the hour unless held:',
    ...(due.length === 0 ? [] : tableLines([['log', 'class', 'period', ''], ...left])),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...due.flatMap(takenLines),
  ];
}
