import { randomUUID } from 'node:crypto';
import { MemoryKeyService } from '@candor/crypto';
import type { DomainEvent } from '@candor/domain';
import { Codec } from '@candor/event-store';
import { createPool, decodeBatchEvent, type Pool, views } from '@candor/read-models';
import { project, startPostgres, type TestPostgres } from '@candor/testing';
import { PgVault } from '@candor/vault';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseCommand } from './arguments.js';
import { runKeys } from './run.js';

let database: TestPostgres;
let pool: Pool;
let vault: PgVault;
let environment: NodeJS.ProcessEnv;
let position = 0n;
const [tenant, another] = [randomUUID(), randomUUID()];
const hold = randomUUID();
let ada: string;

beforeAll(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
  vault = PgVault.open(database.vaultUrl, new MemoryKeyService());
  // Neither a key service nor an event store.
  environment = {
    CANDOR_DB_VAULT_URL: database.vaultUrl,
    CANDOR_DB_PROJECTOR_URL: database.projectorUrl,
  };
  for (const log of [tenant, another]) await vault.createLog(log, 'tenant');
  [ada = ''] = await vault.subjects(tenant, [{ kind: 'user', value: 'ada@example.org' }]);
  const invited = { user: ada, role: 'owner', address: 'ada@example.org', name: 'Ada Example' };
  await happens(tenant, `members-${tenant}`, { type: 'tenant.member-invited', body: invited });
});
afterAll(async () => {
  await vault.close();
  await pool.end();
  await database.stop();
});

/** In the views at once. */
async function happens(log: string, stream: string, event: DomainEvent): Promise<void> {
  const at = new Date().toISOString();
  const actor = { kind: 'service', id: randomUUID(), onBehalfOf: null, name: null } as const;
  const around = { source: null, authorization: null, reason: null, outcome: 'success' } as const;
  const context = { log, occurredAt: at, actor, ...around, correlation: randomUUID() };
  const [encoded] = await new Codec(vault).encode([
    { stream, event, context, command: randomUUID(), causation: null },
  ]);
  if (encoded === undefined) throw new Error('one event');
  position += 1n;
  const stored = decodeBatchEvent({ ...encoded, stream, revision: position, position });
  for (const { name, into } of views) await project(pool, into(name), [stored]);
}

async function keys(...words: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const lines: string[] = [];
  const command = parseCommand(words);
  if (command === undefined) return { code: 2, said: '' };
  const code = await runKeys(command, environment, (line) => lines.push(line));
  return { code, said: lines.join('\n') };
}

test('an erasure is only ever looked at here, and of whom is said by id', async () => {
  const id = randomUUID();
  for (const words of [
    ['erase', '--tenant', id, '--subject', id],
    ['erase', '--dry-run', '--subject', id],
    ['erase', '--dry-run', '--tenant', id],
    ['erase', '--dry-run', '--tenant', id, '--subject', 'ada@example.org'],
    [
      'erase',
      '--dry-run',
      '--tenant',
      id,
      ...Array.from({ length: 17 }, () => ['--subject', randomUUID()]).flat(),
    ],
    ['holds', '--tenant', 'all'],
    ['retention', '--tenant', id],
  ])
    expect([words, (await keys(...words)).code]).toEqual([words, 2]);
});

test('what an erasure would take, and what holds it', async () => {
  const erase = ['erase', '--dry-run', '--tenant', tenant, '--subject', ada] as const;
  const year = String(new Date().getUTCFullYear());
  const free = await keys(...erase);
  expect(free.code).toBe(0);
  expect(free.said).toMatch(new RegExp(`^account +${year} +1$`, 'm'));
  expect(free.said).toContain('1 entries would become unreadable');
  expect(free.said).toContain('audit_log_v1, account_history_v1');
  expect(free.said).not.toContain('is behind');
  await pool.query(
    `INSERT INTO projection.checkpoint (view, partition, position, event_id, store_id)
     SELECT view, 0, position, $1, $1 FROM (VALUES ('audit_log_v1', 1), ('erasures_v1', 2)) AS v (view, position)`,
    [tenant],
  );
  expect((await keys(...erase)).said).toContain('The view of the audit log is behind others');
  await pool.query('DELETE FROM projection.checkpoint');
  expect(free.said).toContain('No export gave out any of it.');
  const sent = { type: 'log.exported', body: { subjects: [], from: 0, size: 1, count: 1 } } as const;
  const exported = async (body: { kind: 'log' } | { kind: 'subjects'; subjects: string[] }) =>
    happens(tenant, `reading-${randomUUID()}`, { ...sent, body: { ...sent.body, ...body } });
  await exported({ kind: 'log' });
  await exported({ kind: 'subjects', subjects: [ada] });
  const given = await keys(...erase);
  expect(given.said).toContain('2 exports gave out some of it. An erasure does not reach what was given out');
  expect(given.said).toMatch(/^20\S+Z +entries 0 to 0 of the log +service [-0-9a-f]{36} +[-0-9a-f]{36}$/m);
  expect(given.said).toContain(`all about ${ada}`);
  expect((await keys('holds')).said).toBe('No hold stands.');

  const terms = {
    hold,
    subject: ada,
    class: null,
    basis: 'legal-claims',
    reference: 'Case 7',
    statement: null,
  };
  await happens(tenant, `hold-${hold}`, { type: 'log.hold-placed', body: { ...terms, until: null } });
  const over = { ...terms, hold: randomUUID(), until: '2020-01-01T00:00:00.000Z' };
  await happens(another, `hold-${over.hold}`, { type: 'log.hold-placed', body: over });
  const held = await keys(...erase);
  expect([held.code, held.said]).toEqual([1, expect.stringContaining(`HELD by ${hold}`)]);
  const { said } = await keys(...erase, '--json');
  const [exports, holds] = [{ count: 2, more: false }, [hold]];
  expect(JSON.parse(said)).toMatchObject({ tenant, subjects: [ada], entries: 1, exports, holds });
  expect(held.said + said).not.toMatch(/example\.org|Ada|Case 7/);
  const nobody = ['--subject', randomUUID()];
  expect((await keys('erase', '--dry-run', '--tenant', tenant, ...nobody)).said).toContain(
    'No key of theirs',
  );
  expect((await keys('erase', '--dry-run', '--tenant', randomUUID(), ...nobody)).said).toContain(
    'No view has',
  );
});

test('the holds that stand, of one log or of all, without what they refer to', async () => {
  const { said } = await keys('holds');
  const [names, ...rows] = said.split('\n');
  expect(names).toMatch(/^log +hold +subject +class +basis +since +until$/);
  expect(rows).toEqual([
    expect.stringMatching(
      new RegExp(`^${tenant} +${hold} +${ada} +every class +legal-claims +20.* released$`),
    ),
  ]);
  expect((await keys('holds', '--tenant', another)).said).toBe('No hold stands.');
  const { holds } = JSON.parse((await keys('holds', '--json')).said) as { holds: object[] };
  expect(holds).toEqual([expect.objectContaining({ tenant, hold, subject: ada, basis: 'legal-claims' })]);
  expect(said).not.toContain('Case 7');
});

test('terms and why, what is next, what is due, and what is held of it', async () => {
  const [bob] = await vault.subjects(tenant, [{ kind: 'recipient', value: 'bob@example.org' }]);
  const place = { log: tenant, retention: 'delivery' } as const;
  const made = await vault.dataKeys([
    { ...place, subject: { subject: ada }, period: '2020-01' },
    { ...place, subject: { subject: ada }, period: '2020-02' },
    { ...place, subject: { subject: bob ?? '' }, period: '2020-02' },
    { ...place, subject: { subject: bob ?? '' }, period: '2020-03' },
  ]);
  // The first entry holds something under what is held in 2020-02, and under what is not.
  for (const { keyId } of made.slice(1, 3))
    await pool.query('INSERT INTO audit_log_v1.sealed (tenant_id, key_id, index) VALUES ($1, $2, 0)', [
      tenant,
      keyId,
    ]);
  const returnUntil = '2031-01-01T00:00:00.000Z';
  await happens(another, `tenant-${another}`, { type: 'tenant.offboarded', body: { returnUntil } });
  environment['CANDOR_RETENTION_DAYS'] = 'delivery=90';
  const { said } = await keys('retention');
  expect(said).toMatch(/^delivery +90 +4 +- +- +-$/m);
  expect(said).toMatch(/^account +3653 +3 +20\d\d +20\d\d-01-0[123]T00:00:00.000Z +3 keys of 2 logs$/m);
  expect(said).toContain('GDPR Art. 17(3)(e)');
  expect(said).toContain('The term of delivery is this installation’s own');
  expect(said).toContain('delivery: NOT SAID');
  expect(said).toContain('PCI DSS');
  expect(said).toMatch(/^[-0-9a-f]+ +delivery +2020-01 +held$/m);
  expect(said).toMatch(/^[-0-9a-f]+ +delivery +2020-02 +in part held$/m);
  expect(said).toMatch(/^[-0-9a-f]+ +delivery +2020-03 +due$/m);
  // The export of the log gave it out; the one for somebody else did not.
  expect(said).toContain(
    `${tenant} delivery 2020-02: 1 keys, 1 entries, shown by audit_log_v1, deliveries_v1; 1 exports gave out some of it.`,
  );
  expect(said).toContain(`${tenant} delivery 2020-03: 1 keys, 0 entries`);
  expect(said).not.toContain(`${tenant} delivery 2020-01: `);
  expect(said).toContain(`The data of ${another} are returned until ${returnUntil}`);
  expect(JSON.parse((await keys('retention', '--json')).said)).toMatchObject({
    classes: expect.arrayContaining([
      expect.objectContaining({ class: 'delivery', days: 90, changed: true }),
    ]),
    due: [
      { state: 'held', takes: null },
      { state: 'in part held', takes: { keys: 1, exports: { newest: [{ kind: 'log' }] }, more: false } },
      { state: 'due' },
    ],
    ending: [{ log: another, returnUntil }],
  });
  // As many as are looked at, of whomever: nothing is known not to be held, and nothing is erased.
  await pool.query(
    `INSERT INTO erasures_v1.event (tenant_id, event_id, category, id, type, position, entry, metadata)
     SELECT tenant_id, anew.event, category, anew.hold, type, position,
       convert_to(replace(replace(convert_from(entry, 'UTF8'), event_id::text, anew.event::text), id::text, anew.hold::text), 'UTF8'),
       metadata
     FROM erasures_v1.event, (SELECT gen_random_uuid() AS event, gen_random_uuid() AS hold FROM generate_series(2, 10000)) AS anew
     WHERE tenant_id = $1 AND id = $2`,
    [tenant, hold],
  );
  expect((await keys('retention')).said).toMatch(/^[-0-9a-f]+ +delivery +2020-03 +held: too many holds/m);
  environment['CANDOR_RETENTION_DAYS'] = 'mail=1';
  await expect(keys('retention')).rejects.toThrow('CANDOR_RETENTION_DAYS must be classes and days');
});
