import { type KeyClass, keyClasses, lastLapsed, type Ordered, type Timestamp } from '@candor/domain';
import { type Hold, offboardedLogs, type Sql } from '@candor/read-models';
import type { ErasureVault } from '@candor/vault';
import type { Plan } from './orders.js';

/** Keys named at once, so that their orders fit into one append (formats v1 §1.4). The others follow with the next look. */
const MOST_NAMED = 20_000;

/** What one order takes where nothing is held: all of a log, or a class and a period of it. */
export type Whole = Extract<Ordered, { readonly rule: 'offboarding' | 'retention' }> & {
  readonly keys?: undefined;
};

/** Something of one log that is to lapse. */
export interface Due {
  readonly log: string;
  readonly whole: Whole;
}

/** A contract that ended, and until when its data are returned. */
export interface EndedContract {
  readonly log: string;
  readonly returnUntil: Timestamp;
}

/** Whatever was ended, in no order. */
export async function endedContracts(pool: Sql): Promise<readonly EndedContract[]> {
  return (await offboardedLogs(pool)).flatMap(({ tenant: log, fact }) =>
    fact.type === 'tenant.offboarded' ? [{ log, returnUntil: fact.body.returnUntil }] : [],
  );
}

/** What is to lapse now, held or not: of contracts that ended everything, of other logs classes at the end of their term. */
export async function dueLapses(
  {
    erasures,
    pool,
    retentionDays,
  }: {
    readonly erasures: ErasureVault;
    readonly pool: Sql;
    readonly retentionDays: Readonly<Record<KeyClass, number>>;
  },
  at: Timestamp,
): Promise<readonly Due[]> {
  const over = (await endedContracts(pool)).filter(({ returnUntil }) => returnUntil <= at);
  const ended = new Set(over.map(({ log }) => log));
  const due: Due[] = (await erasures.logsWithKeys([...ended])).map((log) => ({
    log,
    whole: { rule: 'offboarding' },
  }));
  const terms = keyClasses.map((retention) => ({
    retention,
    last: lastLapsed(retention, retentionDays[retention], at),
  }));
  for (const { log, retention, period } of await erasures.livingPlaces(terms)) {
    const keyClass = keyClasses.find((one) => one === retention);
    if (keyClass !== undefined && !ended.has(log))
      due.push({ log, whole: { rule: 'retention', class: keyClass, period } });
  }
  return due;
}

/** What may be ordered of it while these holds stand. */
export async function lapseOf(
  erasures: ErasureVault,
  { log, whole }: Due,
  holds: readonly Hold[],
): Promise<Plan> {
  const [retention, period] = 'class' in whole ? [whole.class, whole.period] : [null, null];
  const most = holds.length === 0 ? 1 : MOST_NAMED;
  const { held, keys } = await erasures.freeKeys({ log, retention, period }, holds, most);
  if (keys.length === 0) return held ? 'held' : 'nothing';
  return held ? { rule: whole.rule, keys } : whole;
}
