import { metricsEnvironment } from '@candor/metrics';
import { z } from 'zod';
import { erasureEnvironment } from './reactors/erasure-terms.js';

export const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL');
export const eventStoreUrl = z.string().regex(/^esdb(\+discover)?:\/\//, 'must be an esdb:// URL');

function wholeNumber(from: number, to: number) {
  const refusal = `is not a whole number from ${from} to ${to}`;
  return z.coerce.number(refusal).int(refusal).min(from, refusal).max(to, refusal);
}

const port = wholeNumber(1, 65_535);

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const base = z.object({
  EVENTSTORE_URL: eventStoreUrl,
  CANDOR_DB_PROJECTOR_URL: postgresUrl,
  LOG_LEVEL: z.enum(LEVELS, { error: `is not a level: there are ${LEVELS.join(', ')}` }).default('info'),
});

/** Of the process that follows the log. Reactors write, so they need the vault. */
const follower = base.extend({
  CANDOR_DB_VAULT_URL: postgresUrl,
  PROJECTOR_HEALTH_PORT: port.optional(),
  ...metricsEnvironment,
  /** Which witnesses the anchor log is shown to (c2sp.org/tlog-policy); not set: it is published without any. */
  CANDOR_ANCHOR_POLICY: z.string().min(1).optional(),
  /** Between two epochs. */
  CANDOR_EPOCH_SECONDS: wholeNumber(1, 86_400).default(300),
  ...erasureEnvironment,
});

/** Of a recovery: it makes views again, too. */
const recovery = follower.extend({ CANDOR_DB_OWNER_URL: postgresUrl });
/** Of commands that make tables. */
const owner = base.extend({ CANDOR_DB_OWNER_URL: postgresUrl });
const migration = owner.pick({ CANDOR_DB_OWNER_URL: true });

export type BaseConfig = z.infer<typeof base>;
export type FollowerConfig = z.infer<typeof follower>;
export type RecoveryConfig = z.infer<typeof recovery>;
export type OwnerConfig = z.infer<typeof owner>;

/** A setting is missing or wrong; the message is one sentence for a person and quotes no value. */
export class BadConfig extends Error {
  override readonly name: string = 'BadConfig';
}

/** A setting that must be made is not. */
export class NotSet extends BadConfig {
  override readonly name = 'NotSet';

  constructor(readonly variable: string) {
    super(`${variable} is not set.`);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads settings. */
export function reader<T>(schema: z.ZodType<T>): (environment: Environment) => T {
  return (environment) => {
    const result = schema.safeParse(environment);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const name = issue?.path.join('.') ?? 'the environment';
    if (environment[name] === undefined) throw new NotSet(name);
    throw new BadConfig(`${name} ${issue?.message ?? 'is not valid'}.`);
  };
}

export const baseConfig = reader(base);
export const followerConfig = reader(follower);
export const ownerConfig = reader(owner);
export const recoveryConfig = reader(recovery);
export const migrationConfig = reader(migration);
