import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EncodedEvent, type EventLog, type ExpectedRevision, LogUnavailable } from '@candor/event-store';
import type { Pool } from '@candor/read-models';
import { pino } from 'pino';
import { OPERATOR_KEY, type TestRequest } from '../spec-kit/app.js';
import { everyRoute, type GoodRequest } from '../spec-kit/every-route.js';
import { ProvenApp } from '../spec-kit/proven-app.js';
import { declaredRoutes } from './auth/route-check.js';

/** Lets so many questions through; then nobody is there for so many, and then they are back. */
class Outage {
  private left = Infinity;
  private lasts = 0;
  /** Questions that found nobody. */
  hits = 0;

  begin(after: number, lasts: number): void {
    [this.left, this.lasts] = [after, lasts];
  }

  end(): void {
    this.left = Infinity;
  }

  /** @throws what `gone` makes */
  ask(gone: () => Error): void {
    this.left--;
    if (this.left >= 0 || this.left < -this.lasts) return;
    this.hits++;
    throw gone();
  }
}

/** Whether an append that is not answered was stored. */
type Lost = 'request' | 'answer';

const gone = () => new LogUnavailable('told to be gone');

/** The event store, behind a connection that breaks. */
function breaking(log: EventLog, outage: Outage, lost: () => Lost): EventLog {
  const asked = () => {
    outage.ask(gone);
  };
  return Object.assign(Object.create(log) as EventLog, {
    append: async (stream: string, expected: ExpectedRevision, events: readonly EncodedEvent[]) => {
      if (lost() === 'request') asked();
      const appended = await log.append(stream, expected, events);
      if (lost() === 'answer') asked();
      return appended;
    },
    readStream: async function* (...args: Parameters<EventLog['readStream']>) {
      asked();
      yield* log.readStream(...args);
    },
  });
}

const terminated = () => new Error('Connection terminated unexpectedly');

type Ask = (...question: readonly unknown[]) => Promise<unknown>;

/** The pool's connections break. */
function breakPool(pool: Pool, outage: Outage): void {
  const connect = pool.connect.bind(pool);
  const lend = async () => {
    outage.ask(() => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    const client = await connect();
    const query = client.query.bind(client) as Ask;
    const asking: Ask = async (...question) => {
      outage.ask(terminated);
      return query(...question);
    };
    return Object.assign(Object.create(client) as typeof client, { query: asking });
  };
  const query: Ask = async (...question) => {
    const client = await lend();
    try {
      return await client.query(...question);
    } finally {
      client.release();
    }
  };
  Object.assign(pool, { connect: lend, query });
}

const [store, database] = [new Outage(), new Outage()];
let lost: Lost = 'request';
let house: ProvenApp;
let url: string;
/** What nobody waits for ends the process where it fails, and what is told as a fault is none. */
const faults: unknown[] = [];
const logger = pino({ level: 'error' }, { write: (line: string) => void faults.push(JSON.parse(line)) });
beforeAll(async () => {
  house = await ProvenApp.start((log) => breaking(log, store, () => lost), { logger });
  breakPool(house.reader, database);
  await house.it.app.listen(0, '127.0.0.1');
  url = await house.it.app.getUrl();
});
afterAll(() => house.stop());

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Undefined: it was cut off. */
  readonly text: string | undefined;
}

async function send({ method, url: path, body, payload, headers = {} }: TestRequest): Promise<Answer> {
  const sent = payload ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${OPERATOR_KEY}`,
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...(headers as Record<string, string>),
    },
    ...(sent === undefined ? {} : { body: sent as string }),
  });
  const text = await answer.text().catch(() => undefined);
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text };
}

const CODES = /"code":"(?:store|database|view|vault)\.(?:unavailable|behind)"/;

/** Sends a request while a store is gone for a while. @returns whether it was answered all the same */
async function isAnswered(
  { route, request, refusal }: GoodRequest,
  outage: Outage,
  { after, lasts }: { readonly after: number; readonly lasts: number },
): Promise<boolean> {
  outage.begin(after, lasts);
  const answer = await send(request);
  outage.end();
  // Cut off, or lines of which one was refused for now.
  if (answer.status === 200 && (answer.text === undefined || CODES.test(answer.text))) return false;
  if (answer.status < 500) {
    const code = /"code":"([^"]+)"/.exec(answer.text ?? '')?.[1];
    expect([route, answer.status < 300 ? 'good' : code]).toEqual([route, refusal ?? 'good']);
    return true;
  }
  const refused = { status: 503, retryAfter: '2', text: expect.stringMatching(CODES) };
  expect([route, after, answer]).toEqual([route, after, refused]);
  return false;
}

/** What a command stored more than once, however often it was sent. */
async function storedTwice(): Promise<readonly string[]> {
  const [once, twice] = [new Set<string>(), []] as [Set<string>, string[]];
  for await (const { stream, type, metadata } of house.store.readAll()) {
    const { command = '' } = JSON.parse(Buffer.from(metadata).toString()) as { readonly command?: string };
    const name = `${stream} ${type} ${command}`;
    if (once.has(name)) twice.push(name);
    once.add(name);
  }
  return twice;
}

test('there is a good request for every route that is not open', async () => {
  const declared = declaredRoutes(house.it.app).filter(({ access }) => access !== 'open');
  const routes = declared.map(({ method, path }) => `${method} ${path}`);
  const { requests } = await everyRoute(house);
  expect(requests.map(({ route }) => route).sort()).toEqual(routes.sort());
});

test('the database gone in the middle: every route refuses for now, or is cut off, and answers when it is back', async () => {
  database.hits = 0;
  const { requests } = await everyRoute(house);
  // Gone one question later each time, until that is beyond the last.
  for (const good of requests)
    for (let after = 0; !(await isAnswered(good, database, { after, lasts: Infinity })); after++)
      if (after > 200) throw new Error(`${good.route} is never answered`);
  // Or else nothing was in the way.
  expect(database.hits).toBeGreaterThan(100);
  expect(await storedTwice()).toEqual([]);
  expect(faults.splice(0)).toEqual([]);
}, 240_000);

// What an executor is not answered it asks again until the request's deadline: one question is enough, and takes no time.
describe.each([0, 1, 2, 3])('the event store gone for a moment, after %i questions', (after) => {
  test.each([
    ['before it stored', 'request'],
    ['when it had stored', 'answer'],
  ] as const)(
    '%s: every route answers, or refuses and answers when it is sent again',
    async (_, what) => {
      lost = what;
      store.hits = 0;
      const { requests } = await everyRoute(house);
      for (const good of requests)
        if (!(await isAnswered(good, store, { after, lasts: 1 })))
          expect([good.route, await isAnswered(good, store, { after: 0, lasts: 0 })]).toEqual([
            good.route,
            true,
          ]);
      if (after === 0) expect(store.hits).toBeGreaterThan(30);
      expect(await storedTwice()).toEqual([]);
      expect(faults.splice(0)).toEqual([]);
    },
    120_000,
  );
});
