import { createHash, randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Codec, type EventLog, Executor, MemoryLog } from '@candor/event-store';
import { ed25519FromSeed } from '@candor/crypto/tlog';
import { type LogVault, MemoryVault } from '@candor/vault';
import type { AppParts } from '../app.module.js';
import { createApp } from '../create-app.js';
import { firstOf } from '../edge/auth/authenticator.js';
import { OperatorKeyAuthenticator } from '../edge/auth/operator-key.js';
import { SinkAuthenticator } from '../edge/auth/sink-authenticator.js';
import { InFlight } from '../edge/http/in-flight.js';
import { createLogger } from '../edge/http/logging.js';
import { InMemoryRequests } from '../edge/idempotency/request-memory.js';
import { Readiness } from '../health/readiness.js';
import { receiptKeyName } from '../log/tree/public-keys.js';
import { bootstrapPlatform } from '../platform/bootstrap.js';
import { InMemoryStoreMemory } from '../platform/store-memory.js';
import { EmptyAnchor } from './empty-anchor.js';
import { EmptyAnchoring } from './empty-anchoring.js';
import { EmptyLogFiles } from './empty-log-files.js';
import { EmptyViews } from './empty-views.js';

export const OPERATOR_ID = '11111111-1111-4111-8111-111111111111';
export const OPERATOR_KEY = 'candor_operator_of_the_specs';

const sha256 = createHash('sha256').update(OPERATOR_KEY).digest('hex');

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly log: EventLog;
  readonly vault: LogVault;
  readonly parts: AppParts;
  /** A request with the operator's key, and with a fresh Idempotency-Key when it writes. */
  readonly send: (request: TestRequest) => Promise<TestAnswer>;
}

export interface TestRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly payload?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** The whole app over a log and a vault in memory; no port is opened. */
export async function testApp(given: Partial<AppParts> = {}): Promise<TestApp> {
  const log = given.log ?? new MemoryLog();
  const vault = given.vault ?? new MemoryVault();
  const codec = given.codec ?? new Codec(vault);
  const executor = given.executor ?? new Executor(log, codec);
  const operator = 'candor.localhost';
  const memory = new InMemoryStoreMemory();
  const clock = Date.now;
  const installer = OPERATOR_ID;
  const platform =
    given.platform ?? (await bootstrapPlatform({ log, vault, executor, memory, operator, installer, clock }));
  const parts: AppParts = {
    log,
    vault,
    codec,
    executor,
    platform,
    clock,
    operator,
    views: new EmptyViews(),
    anchor: new EmptyAnchor(),
    logFiles: new EmptyLogFiles(),
    anchoring: new EmptyAnchoring(),
    ownWitnesses: [],
    publicKeys: [],
    receiptTerms: {
      issuer: operator,
      key: { name: receiptKeyName(operator), ...(await ed25519FromSeed(Buffer.alloc(32, 3))) },
      anchoredWithin: 60,
    },
    requests: new InMemoryRequests(),
    authenticator: firstOf(
      new OperatorKeyAuthenticator({ id: OPERATOR_ID, sha256 }),
      new SinkAuthenticator(log, platform.sinks),
    ),
    readiness: new Readiness({}),
    inFlight: new InFlight(),
    logger: createLogger('silent'),
    ...given,
  };
  const app = await createApp(parts);
  return { app, log, vault, parts, send: (request) => send(app, request) };
}

async function send(app: NestFastifyApplication, request: TestRequest): Promise<TestAnswer> {
  const { method, url, body, payload, headers = {} } = request;
  const sent: Record<string, string | undefined> = {
    authorization: `Bearer ${OPERATOR_KEY}`,
    ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
    ...(body === undefined && payload === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const answer = await app
    .getHttpAdapter()
    .getInstance()
    .inject({
      method,
      url,
      headers: Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)),
      ...(payload === undefined
        ? body === undefined
          ? {}
          : { payload: JSON.stringify(body) }
        : { payload }),
    });
  const text = answer.payload;
  return { status: answer.statusCode, headers: answer.headers, text, json: parsed(text) };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** A tenant, registered. */
export async function givenTenant({ send }: TestApp): Promise<string> {
  const { json } = await send({
    method: 'POST',
    url: '/v1/tenants',
    body: { legalName: 'Beispiel GmbH', country: 'DE', role: 'controller', dataRegion: 'eu' },
  });
  return String(json['tenant']);
}
