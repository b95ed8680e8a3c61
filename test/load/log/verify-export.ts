import { hash, randomBytes, randomUUID } from 'node:crypto';
import {
  type Commitment,
  canonicalize,
  commitField,
  Frontier,
  type Json,
  leafHash,
  logOrigin,
  newSeed,
  saltOf,
} from '@candor/crypto';
import { ed25519FromSeed, formatCheckpoint, logSigner, signNote } from '@candor/crypto/tlog';
import { type ExportLine, ExportText, type Field, type Trust, verifyExport } from '@candor/crypto/verify';
import { median, print } from '../figure.ts';

const ENTRIES = 100_000;
const ROUNDS = 5;
const OPERATOR = 'candor.localhost';
const CHUNK = 256 * 1024;

/** A log in memory: its export, and the entries' bytes, which are the reference's. */
interface Exported {
  readonly text: Buffer;
  readonly entries: readonly Uint8Array[];
  readonly trust: Trust;
}

/**
 * Checks a tenant's full export in this process, on one core, with none, one and two opened fields an entry. The entries
 * are accesses as a service reports them. Reference: SHA-256 of each entry's bytes, one call of Node's an entry.
 */
export async function benchVerifyExport(scale: number): Promise<void> {
  for (const opened of [0, 1, 2]) {
    const log = await exported(Math.ceil(ENTRIES * scale), opened);
    await measure(log, opened);
  }
}

async function measure(log: Exported, opened: number): Promise<void> {
  const [checked, hashed]: [number[], number[]] = [[], []];
  // In turns, the first of them to warm up.
  for (let round = 0; round <= ROUNDS; round++) {
    const [one, other] = [hashSeconds(log), await checkSeconds(log)];
    if (round === 0) continue;
    hashed.push(log.entries.length / one);
    checked.push(log.entries.length / other);
  }
  const bytes = log.entries.reduce((sum, entry) => sum + entry.length, 0) / log.entries.length;
  print({
    figure: `verifying a full export, ${opened} opened fields an entry`,
    value: median(checked),
    unit: 'entries/s',
    reference: { what: 'one SHA-256 call an entry', value: median(hashed) },
    atLeast: 0.1,
    aim: 0.25,
    note: `${log.entries.length} entries of ${bytes.toFixed(0)} bytes, ${log.text.length} bytes of export`,
  });
}

function hashSeconds({ entries }: Exported): number {
  const from = performance.now();
  for (const entry of entries) hash('sha256', entry, 'buffer');
  return (performance.now() - from) / 1000;
}

async function checkSeconds({ text, trust }: Exported): Promise<number> {
  const from = performance.now();
  const { verdict, findings } = await verifyExport(inChunks(text), trust);
  const seconds = (performance.now() - from) / 1000;
  if (verdict !== 'checkpointed') throw new Error(`the export is ${verdict}: ${JSON.stringify(findings)}`);
  return seconds;
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK)
    yield await Promise.resolve(bytes.subarray(at, at + CHUNK));
}

async function exported(count: number, opened: number): Promise<Exported> {
  const log = randomUUID();
  const frontier = Frontier.empty();
  const entries: Uint8Array[] = [];
  const fields: Field[][] = [];
  for (let n = 0; n < count; n++) {
    const made = n === 0 ? first(log) : access(log, opened);
    entries.push(made.entry);
    fields.push(made.fields);
    frontier.append(leafHash(made.entry));
  }
  const origin = logOrigin(OPERATOR, 7, entries[0] ?? Buffer.alloc(0));
  const signer = logSigner(origin, await ed25519FromSeed(randomBytes(32)));
  const note = await signNote(formatCheckpoint({ origin, size: count, root: frontier.root() }), [signer]);
  const out = new ExportText();
  const texts = [
    out.line({
      t: 'export',
      origin,
      slot: 7,
      slotKey: randomBytes(32),
      from: 0,
      size: count,
      epochs: [0, -1],
      frontier: [],
      witnesses: [],
    }),
    out.line({ t: 'checkpoint', note }),
  ];
  for (const [i, b] of entries.entries()) {
    const line: ExportLine = { t: 'entry', i, b, o: fields[i] ?? [] };
    texts.push(out.line(line));
  }
  texts.push(out.end());
  return {
    text: Buffer.from(texts.join('')),
    entries,
    trust: { origin, logKeys: [signer.key], policy: null },
  };
}

interface Made {
  readonly entry: Uint8Array;
  readonly fields: Field[];
}

function first(log: string): Made {
  return made(log, 'tenant.registered', 0, () => ({
    slot: 7,
    operator: OPERATOR,
    country: 'IE',
    role: 'controller',
    dataRegion: 'eu',
  }));
}

/** As `access.data-accessed` is stored; `opened` of its personal fields are there. */
function access(log: string, opened: number): Made {
  return made(log, 'access.data-accessed', opened, (field) => ({
    reporter: randomUUID(),
    receivedAt: '2026-03-14T09:26:53.589Z',
    resource: { kind: 'message', id: randomUUID() },
    within: [
      { kind: 'thread', id: randomUUID() },
      { kind: 'mailbox', id: randomUUID() },
    ],
    user: randomUUID(),
    operation: 'read',
    level: 'view-content',
    purpose: 'customer-support',
    purposeText: opened > 1 ? field('/body/purposeText', 'Looked for the failed sync of last night') : null,
    categories: ['message-content', 'message-headers'],
    records: 1,
  }));
}

function made(
  log: string,
  type: string,
  opened: number,
  bodyOf: (field: (path: string, value: string) => Commitment) => Readonly<Record<string, Json>>,
): Made {
  const [seed, key] = [newSeed(), randomUUID()];
  const fields: Field[] = [];
  const field = (path: string, value: string): Commitment => {
    fields.push({ path, salt: saltOf(seed, path), value });
    return commitField(seed, path, value, key);
  };
  const name = opened > 0 ? field('/actor/name', 'Somebody of the support team') : null;
  const entry = canonicalize({
    v: 1,
    log,
    id: randomUUID(),
    type,
    schema: 1,
    stream: `access-${randomUUID()}`,
    occurredAt: '2026-03-14T09:26:53.589Z',
    recordedAt: '2026-03-14T09:26:53.612Z',
    actor: { kind: 'employee', id: randomUUID(), onBehalfOf: null, name },
    source: null,
    authorization: { permission: 'access.report', grant: randomUUID() },
    reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: null },
    outcome: 'success',
    correlation: randomUUID(),
    body: bodyOf(field),
  });
  return { entry, fields };
}
