import { resolve } from 'node:path';
import { BadKeyServiceSettings, type KeyServiceSettings, keyServiceSettings } from '@candor/key-service';
import { z } from 'zod';
import { hostsOf } from './event-store-url.js';
import { Problem } from './problem.js';

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      message: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    })
    .refine((text) => new URL(text).hostname !== '', { message: 'must name a host' });

function wholeNumber(from: number, to: number) {
  const refusal = `must be a whole number from ${from} to ${to}`;
  return z.coerce.number(refusal).int(refusal).min(from, refusal).max(to, refusal);
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const environment = z.object({
  CANDOR_DATA_DIR: z.string().min(1).default('.candor'),
  PORT: wholeNumber(1, 65_535).default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  EVENTSTORE_URL: z
    .string()
    .refine((text) => hostsOf(text) !== undefined, {
      message: 'must begin with esdb:// or esdb+discover:// and name hosts, for KurrentDB too',
    })
    .optional(),
  CANDOR_ANCHOR_POLICY: z.string().min(1).optional(),
  CANDOR_EPOCH_SECONDS: wholeNumber(1, 86_400).default(60),
  CANDOR_OPERATOR: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?$/, 'must be a host-like name of at most 200 characters')
    .default('candor.localhost'),
  LOG_LEVEL: z.enum(LEVELS, { error: `must be one of ${LEVELS.join(', ')}` }).default('info'),
});

export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Where the API answers. */
  readonly url: string;
  /** An administrator's connection; undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** Undefined: the embedded node. */
  readonly eventStoreUrl: string | undefined;
  /** Undefined: a keyring in the data folder. */
  readonly keyService: KeyServiceSettings | undefined;
  readonly operator: string;
  /** The witnesses of the anchor log (c2sp.org/tlog-policy), absolute; undefined: one of our own is started. */
  readonly anchorPolicy: string | undefined;
  /** Between two epochs of the anchor log. */
  readonly epochSeconds: number;
  readonly logLevel: string;
}

/** @throws Problem naming every variable that is wrong, without its value */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is one that was not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
    throw new Problem(`The environment is not right: ${wrong.join(', ')}.`);
  }
  const { data } = parsed;
  return {
    dataDir: resolve(data.CANDOR_DATA_DIR),
    host: data.HOST,
    port: data.PORT,
    url: `http://${data.HOST.includes(':') ? `[${data.HOST}]` : data.HOST}:${data.PORT}`,
    databaseUrl: data.DATABASE_URL,
    eventStoreUrl: data.EVENTSTORE_URL,
    keyService: keyServiceOf(given),
    operator: data.CANDOR_OPERATOR,
    anchorPolicy: data.CANDOR_ANCHOR_POLICY === undefined ? undefined : resolve(data.CANDOR_ANCHOR_POLICY),
    epochSeconds: data.CANDOR_EPOCH_SECONDS,
    logLevel: data.LOG_LEVEL,
  };
}

function keyServiceOf(env: Readonly<Record<string, string | undefined>>): KeyServiceSettings | undefined {
  if (env['KMS_KEY_RING'] === undefined) return undefined;
  try {
    return keyServiceSettings(env);
  } catch (error) {
    throw error instanceof BadKeyServiceSettings ? new Problem(error.message) : error;
  }
}
