import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { codeOf, ImportFailure } from '../failure.js';
import { readLines } from '../input/lines.js';
import { backoff, sleep, type Sleep } from './retry.js';
import { CODE, parseVerdict, type Verdict } from './verdict.js';

const pack = promisify(gzip);

/** Told after each failed try, before the wait. */
export type OnRetry = (why: string, waitMs: number) => void;

export interface ClientOptions {
  /** The API's address, without `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly onRetry?: OnRetry;
  readonly sleep?: Sleep;
  /** Tries in a row without a single new verdict before giving up. */
  readonly maxFailures?: number;
}

/** Sends encoded records; gives one verdict for each, in their order. */
export type SendRecords = (lines: readonly string[]) => Promise<readonly Verdict[]>;

/** What a server says of a record that it would take at another time: no verdict yet. */
const PASSING = /^(?:[a-z]+\.unavailable|request\.deadline-passed|service\.stopping)$/;

interface Answer {
  /** Why records are without a verdict after it, if some are. */
  readonly why: string;
  readonly retryAfter: string | null;
}

/**
 * A client of `POST /v1/records`. A server that is away or busy, or says of single records that its stores are away, is
 * tried again with the same bytes: records that were taken in meanwhile are recognised by their keys. A verdict once
 * received stays, so that what was accepted by an answer that broke off is not counted as known already.
 * @throws ImportFailure when the server refuses the request as a whole, or stays away
 */
export function createClient({
  url,
  key,
  onRetry,
  sleep: wait = sleep,
  maxFailures = 12,
}: ClientOptions): SendRecords {
  const target = new URL('v1/records', url.endsWith('/') ? url : `${url}/`);
  return async (lines) => {
    const body = await pack(`${lines.join('\n')}\n`);
    const verdicts = new Array<Verdict | undefined>(lines.length).fill(undefined);
    for (let failures = 0; ;) {
      const before = missing(verdicts);
      const { why, retryAfter } = await post(target, key, body, verdicts);
      if (missing(verdicts) === 0) return verdicts.filter((verdict) => verdict !== undefined);
      failures = missing(verdicts) < before ? 1 : failures + 1;
      if (failures >= maxFailures)
        throw new ImportFailure(`${target.origin} does not take the records: ${why}.`);
      const waitMs = backoff(failures, retryAfter);
      onRetry?.(why, waitMs);
      await wait(waitMs);
    }
  };
}

function missing(verdicts: readonly (Verdict | undefined)[]): number {
  return verdicts.reduce((count, verdict) => count + (verdict === undefined ? 1 : 0), 0);
}

async function post(
  target: URL,
  key: string,
  body: Uint8Array<ArrayBuffer>,
  verdicts: (Verdict | undefined)[],
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(target, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
        accept: 'application/x-ndjson',
      },
      body,
      // A redirect would carry the key to another place.
      redirect: 'error',
    });
    if (response.ok) return { why: await readVerdicts(response, verdicts), retryAfter: null };
  } catch (error) {
    return { why: `the connection failed (${faultCode(error)})`, retryAfter: null };
  }
  return refused(target, response);
}

/** Too many requests, and what gateways and a server without its stores say, pass; every other refusal stands. */
async function refused(target: URL, response: Response): Promise<Answer> {
  const { status } = response;
  const code = await problemCode(response);
  if ([408, 429, 502, 503, 504].includes(status))
    return { why: `it answers ${status}`, retryAfter: response.headers.get('retry-after') };
  throw new ImportFailure(
    `${target.origin} refuses the records: ${status}${code === undefined ? '' : ` ${code}`}.`,
  );
}

/** Gives why some records have no verdict, if some have none. */
async function readVerdicts(response: Response, verdicts: (Verdict | undefined)[]): Promise<string> {
  let why = 'the answer broke off';
  if (response.body === null) return why;
  for await (const lines of readLines(response.body)) {
    for (const line of lines) {
      const answer = parseVerdict(line);
      const at = (answer?.line ?? 0) - 1;
      // The last line of an answer that broke off may be cut.
      if (answer === undefined || at < 0 || at >= verdicts.length) continue;
      if (answer.verdict.verdict === 'rejected' && PASSING.test(answer.verdict.code))
        why = answer.verdict.code;
      else verdicts[at] ??= answer.verdict;
    }
  }
  return why;
}

async function problemCode(response: Response): Promise<string | undefined> {
  try {
    const text = (await response.text()).slice(0, 4096);
    const problem = JSON.parse(text) as { code?: unknown } | null;
    return typeof problem?.code === 'string' && CODE.test(problem.code) ? problem.code : undefined;
  } catch {
    return undefined;
  }
}

function faultCode(error: unknown): string {
  return codeOf((error as { cause?: unknown }).cause) ?? codeOf(error) ?? 'no answer';
}
