import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Uuid } from '@candor/domain';
import type { Principal } from '../../edge/auth/principal.js';
import { type FieldFinding, Problem } from '../../edge/problem/problem.js';
import type { Semaphore } from '../../edge/semaphore.js';
import { readTenantLine } from '../line/read-line.js';
import type { ReportedRecord, Recorder } from '../recorder.js';
import type { Reporting } from '../reporting.js';
import { type Verdict, verdictLine } from '../verdict.js';
import { batchesOf, BodyFault } from './batches.js';
import type { Line } from './lines.js';
import { pipelined } from './pipeline.js';

/** While one batch waits for the store, the next is read and sealed. */
const DEPTH = 2;
/** How long a batch may be tried, in milliseconds; and after one the store did not take, so that the rest is told soon. */
const BATCH_TIME = 20_000;
const BATCH_TIME_AWAY = 1_000;

const AWAY: ReadonlySet<string> = new Set(['store.unavailable', 'vault.unavailable']);
const UNJUDGED: Verdict = { verdict: 'rejected', code: 'internal.fault' };

export interface BulkParts {
  readonly recorder: Recorder;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Batches at once over all requests: what bounds the memory. */
  readonly gate: Semaphore;
}

/**
 * One verdict line for each line of the body, in order, while the body is still coming. A body that fails in the middle
 * gets a last verdict that says so; nothing of it is lost, because every line was answered for itself.
 */
export async function* bulkVerdicts(
  body: Readable,
  principal: Principal,
  { recorder, clock, gate }: BulkParts,
): AsyncGenerator<string, void, undefined> {
  const correlations = new Map<Uuid, Uuid>();
  const correlation = (tenant: Uuid): Uuid => {
    const known = correlations.get(tenant) ?? randomUUID();
    correlations.set(tenant, known);
    return known;
  };
  let away = false;
  const judge = (batch: readonly Line[]): Promise<string> =>
    gate.run(async () => {
      const now = clock();
      const at = new Date(now).toISOString();
      const deadline = now + (away ? BATCH_TIME_AWAY : BATCH_TIME);
      const verdicts = await judged(batch, recorder, { principal, at, deadline, correlation });
      away = verdicts.some((verdict) => verdict.verdict === 'rejected' && AWAY.has(verdict.code));
      return batch.map(({ number }, i) => verdictLine(number, verdicts[i] ?? UNJUDGED)).join('');
    });
  try {
    yield* pipelined(batchesOf(body), DEPTH, judge);
  } catch (error) {
    // A sender that went away reads no answer; a body that cannot be unpacked is told so.
    if (!(error instanceof BodyFault) || !(error.cause instanceof Problem)) throw error;
    yield verdictLine(error.line, { verdict: 'rejected', code: error.cause.code });
  } finally {
    body.destroy();
  }
}

/** The verdicts on a batch, in its order. */
async function judged(
  batch: readonly Line[],
  recorder: Recorder,
  reporting: Reporting,
): Promise<readonly Verdict[]> {
  const records: ReportedRecord[] = [];
  const places: number[] = [];
  const verdicts: (Verdict | undefined)[] = batch.map(({ bytes }, place) => {
    if (bytes === undefined) return { verdict: 'rejected', code: 'record.too-long' };
    const reading = readTenantLine(bytes);
    if (!reading.ok) return rejected(reading);
    records.push(reading.line);
    places.push(place);
    return undefined;
  });
  const answers = await recorder.record(records, reporting);
  answers.forEach((verdict, i) => {
    verdicts[places[i] ?? 0] = verdict;
  });
  return verdicts.map((verdict) => verdict ?? UNJUDGED);
}

const rejected = ({
  code,
  fields,
}: {
  readonly code: string;
  readonly fields: readonly FieldFinding[];
}): Verdict => (fields.length === 0 ? { verdict: 'rejected', code } : { verdict: 'rejected', code, fields });
