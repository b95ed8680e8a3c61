import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Uuid } from '@candor/domain';
import type { Principal } from '../../edge/auth/principal.js';
import { type FieldFinding, Problem } from '../../edge/problem/problem.js';
import type { Semaphore } from '../../edge/semaphore.js';
import { faultVerdict } from '../fault-verdict.js';
import { readTenantLine } from '../line/read-line.js';
import type { ReportedRecord, Recorder } from '../recorder.js';
import type { Receipts } from '../../log/receipt/receipts.js';
import type { Reporting } from '../reporting.js';
import { entryOf, positionOf, type Verdict, verdictLine } from '../verdict.js';
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
  /** Signs one for each line that has an entry; undefined where none are asked for. */
  readonly receipts: Receipts | undefined;
}

/** What a line is answered with. */
interface Judged {
  readonly verdict: Verdict;
  readonly receipt?: string | undefined;
}

/**
 * One verdict line for each line of the body, in order, while the body is still coming. A body that fails in the middle
 * gets a last verdict that says so; nothing of it is lost, because every line was answered for itself.
 */
export async function* bulkVerdicts(
  body: Readable,
  principal: Principal,
  { recorder, clock, gate, receipts }: BulkParts,
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
      const answers = await judged(batch, { recorder, receipts }, { principal, at, deadline, correlation });
      away = answers.some(({ verdict }) => verdict.verdict === 'rejected' && AWAY.has(verdict.code));
      return batch
        .map(({ number }, i) => verdictLine(number, answers[i]?.verdict ?? UNJUDGED, answers[i]?.receipt))
        .join('');
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

/** The answers to a batch, in its order. */
async function judged(
  batch: readonly Line[],
  { recorder, receipts }: Pick<BulkParts, 'recorder' | 'receipts'>,
  reporting: Reporting,
): Promise<readonly Judged[]> {
  const records: ReportedRecord[] = [];
  const places: number[] = [];
  const answers: (Judged | undefined)[] = batch.map(({ bytes }, place) => {
    if (bytes === undefined) return { verdict: { verdict: 'rejected', code: 'record.too-long' } };
    const reading = readTenantLine(bytes);
    if (!reading.ok) return { verdict: rejected(reading) };
    records.push(reading.line);
    places.push(place);
    return undefined;
  });
  const verdicts = await recorder.record(records, reporting);
  const told = verdicts.map((verdict) => ({ verdict }));
  const signed =
    receipts && (await Promise.all(records.map(({ tenant }, i) => sign(tenant, told[i], receipts))));
  for (const [i, place] of places.entries()) answers[place] = (signed ?? told)[i];
  return answers.map((answer) => answer ?? { verdict: UNJUDGED });
}

/**
 * What has an entry gets its receipt. Where none can be made now the line is told why, instead of all lines nothing: sent
 * again, it is a duplicate, and has the receipt.
 */
async function sign(tenant: Uuid, judged: Judged | undefined, receipts: Receipts): Promise<Judged> {
  const { verdict } = judged ?? { verdict: UNJUDGED };
  const [entry, position] = [entryOf(verdict), positionOf(verdict)];
  if (entry === null || position === undefined) return { verdict };
  try {
    return { verdict, receipt: await receipts.of(tenant, entry, position) };
  } catch (error) {
    return { verdict: faultVerdict(error) };
  }
}

const rejected = ({
  code,
  fields,
}: {
  readonly code: string;
  readonly fields: readonly FieldFinding[];
}): Verdict => (fields.length === 0 ? { verdict: 'rejected', code } : { verdict: 'rejected', code, fields });
