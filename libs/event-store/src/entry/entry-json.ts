import { isUuid, type Json } from '@candor/crypto';
import type { ActorKind, EntryOutcome, Timestamp, Uuid } from '@candor/domain';

/** What stands for a personal value (formats v1 §2.1). */
export interface CommitmentJson {
  readonly $c: string;
  readonly $k: Uuid;
}

/** An entry as its bytes say it (formats v1 §1.2), schema as written, personal values as commitments. */
export interface EntryJson {
  readonly v: 1;
  readonly log: Uuid | null;
  readonly id: Uuid;
  readonly type: string;
  readonly schema: number;
  readonly stream: string;
  readonly occurredAt: Timestamp;
  readonly recordedAt: Timestamp;
  readonly actor: {
    readonly kind: ActorKind;
    readonly id: Uuid;
    readonly onBehalfOf: Uuid | null;
    readonly name: CommitmentJson | null;
  };
  readonly source: {
    readonly ip: CommitmentJson | null;
    readonly agent: CommitmentJson | null;
    readonly country: string | null;
  } | null;
  readonly authorization: { readonly permission: string | null; readonly grant: Uuid | null } | null;
  readonly reason: { readonly code: string | null; readonly ticket: CommitmentJson | null } | null;
  readonly outcome: EntryOutcome;
  readonly correlation: Uuid | null;
  readonly body: Readonly<Record<string, Json>>;
}

type Members = Readonly<Record<string, Json>>;
type Check = (value: Json) => boolean;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const COUNTRY = /^[A-Z]{2}$/;
const TOKEN = /^[\x20-\x7e]{1,64}$/;

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value);
const text: Check = (value) => typeof value === 'string' && value !== '';
const uuid: Check = (value) => typeof value === 'string' && isUuid(value);
const time: Check = (value) =>
  typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
const token: Check = (value) => typeof value === 'string' && TOKEN.test(value);
const commitment: Check = (value) => isObject(value) && '$c' in value;

/** Exactly these members, each as it must be. */
function object(members: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(members);
  return (value) => {
    if (!isObject(value) || Object.keys(value).length !== checks.length) return false;
    for (const [name, check] of checks) {
      const member = value[name];
      if (member === undefined || !check(member)) return false;
    }
    return true;
  };
}

const isEntry = object({
  v: (value) => value === 1,
  log: orNull(uuid),
  id: uuid,
  type: text,
  schema: (value) => typeof value === 'number' && value >= 1,
  stream: text,
  occurredAt: time,
  recordedAt: time,
  actor: object({
    kind: oneOf('user', 'employee', 'service', 'external'),
    id: uuid,
    onBehalfOf: orNull(uuid),
    name: orNull(commitment),
  }),
  source: orNull(
    object({
      ip: orNull(commitment),
      agent: orNull(commitment),
      country: orNull((value) => typeof value === 'string' && COUNTRY.test(value)),
    }),
  ),
  authorization: orNull(object({ permission: orNull(token), grant: orNull(uuid) })),
  reason: orNull(object({ code: orNull(token), ticket: orNull(commitment) })),
  outcome: oneOf('success', 'failure', 'refused'),
  correlation: orNull(uuid),
  body: (value) => isObject(value) && !('$c' in value),
});

/** The entry in a parsed value, or undefined where formats v1 §1.2 does not allow it. */
export function entryIn(value: Json): EntryJson | undefined {
  return isEntry(value) ? (value as unknown as EntryJson) : undefined;
}

function isObject(value: Json): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
