import { type KeyServiceSettings, keyServiceSettings } from '@candor/key-service';
import { type MetricsAddress, metricsAddress, metricsEnvironment } from '@candor/metrics';
import { parseVkey, type VerifierKey } from '@candor/crypto/tlog';
import { z } from 'zod';

const text = z.string().min(1);

/** Verification keys with commas between. */
const vkeys = z.string().transform((list, context): readonly VerifierKey[] => {
  try {
    return list
      .split(',')
      .filter((vkey) => vkey !== '')
      .map(parseVkey);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be verification keys with commas between' });
    return z.NEVER;
  }
});

/** Seconds: for the time an append may take, and for clocks that differ. */
const ANCHOR_MARGIN = 60;

const environment = z.object({
  EVENTSTORE_URL: text,
  CANDOR_DB_API_URL: text,
  CANDOR_DB_VAULT_URL: text,
  CANDOR_OPERATOR_KEY_FILE: text,
  CANDOR_OPERATOR: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?$/, 'must be a host-like name of at most 200 characters')
    .default('candor.localhost'),
  CANDOR_OWN_WITNESSES: vkeys.default([]),
  CANDOR_ANCHOR_POLICY: text.optional(),
  CANDOR_EPOCH_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300),
  CANDOR_ANCHOR_WITHIN_SECONDS: z.coerce.number().int().min(1).max(31_536_000).optional(),
  HOST: text.default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  ...metricsEnvironment,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface Config {
  readonly eventStoreUrl: string;
  readonly apiDatabaseUrl: string;
  readonly vaultDatabaseUrl: string;
  readonly keyService: KeyServiceSettings;
  readonly operatorKeyFile: string;
  /** The first part of every log's origin, fixed at first start (formats v1 §1.7). */
  readonly operator: string;
  /** Keys of witnesses that the operator runs itself: their word protects against accident only (formats v1 §6). */
  readonly ownWitnesses: readonly VerifierKey[];
  /** Which witnesses are asked what was published (c2sp.org/tlog-policy); undefined: none. */
  readonly anchorPolicy: string | undefined;
  /** What receipts promise: seconds after it was recorded within which an entry is anchored. */
  readonly anchoredWithin: number;
  readonly host: string;
  readonly port: number;
  /** Where the process tells about itself; undefined: nowhere. */
  readonly metrics: MetricsAddress | undefined;
  readonly logLevel: z.infer<typeof environment>['LOG_LEVEL'];
}

/** @throws Error one sentence that names variables that are missing or wrong, and no value */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
    throw new Error(`the environment is not complete: ${wrong.join(', ')}`);
  }
  const { data } = parsed;
  return {
    eventStoreUrl: data.EVENTSTORE_URL,
    apiDatabaseUrl: data.CANDOR_DB_API_URL,
    vaultDatabaseUrl: data.CANDOR_DB_VAULT_URL,
    keyService: keyServiceSettings(env),
    operatorKeyFile: data.CANDOR_OPERATOR_KEY_FILE,
    operator: data.CANDOR_OPERATOR,
    ownWitnesses: data.CANDOR_OWN_WITNESSES,
    anchorPolicy: data.CANDOR_ANCHOR_POLICY,
    anchoredWithin: promiseOf(data),
    host: data.HOST,
    port: data.PORT,
    metrics: metricsAddress(data),
    logLevel: data.LOG_LEVEL,
  };
}

/** @throws Error when more is promised than epochs keep */
function promiseOf(data: z.infer<typeof environment>): number {
  const least = 2 * data.CANDOR_EPOCH_SECONDS + ANCHOR_MARGIN;
  const { CANDOR_ANCHOR_WITHIN_SECONDS: promised = least } = data;
  if (promised < least)
    throw new Error(
      `CANDOR_ANCHOR_WITHIN_SECONDS promises more than is kept: at least twice CANDOR_EPOCH_SECONDS and ${ANCHOR_MARGIN}`,
    );
  return promised;
}
