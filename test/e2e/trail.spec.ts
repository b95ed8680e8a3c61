import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryKeyService } from '@candor/crypto';
import { VaultKeys } from '@candor/vault';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { HttpClient } from '../harness/http-client.ts';
import { until } from '../harness/node-process.ts';
import { startSystem, type System } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import {
  personalValuesInEvents,
  personalValuesInLogs,
  personalValuesInTables,
  valuesInFiles,
} from './plaintext-search.ts';
import { access, auditLog, inAnHour, PLAINTEXTS, post, registration } from './scene.ts';

let dir: string;
let system: System;
let http: HttpClient;
let tenant: string;

beforeAll(async () => {
  dir = await temporaryFolder('e2e');
  system = await startSystem({ dir, durable: false });
  http = new HttpClient(system);
  const registered = await post(http, '/v1/tenants', registration);
  expect(registered.status).toBe(201);
  tenant = String(registered.body['tenant']);
});

afterAll(async () => {
  await system.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('commands', () => {
  test('the log of a tenant begins with its registration', async () => {
    await until('the registration is shown', 120_000, async () => (await auditLog(http, tenant)).size > 0);
    const { entries } = await auditLog(http, tenant, { order: 'oldest', limit: '1' });
    expect(entries[0]).toMatchObject({
      index: 0,
      type: 'tenant.registered',
      body: { legalName: PLAINTEXTS.legalName, operator: 'candor.localhost' },
    });
  });

  test('a request sent again is answered as it was at first, and its key serves no other request', async () => {
    const key = randomUUID();
    const first = await http.command('POST', '/v1/tenants', key, registration);
    const second = await http.command('POST', '/v1/tenants', key, registration);
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    const other = await http.command('POST', '/v1/tenants', key, { ...registration, country: 'BE' });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.key-reused' } });
  });

  test('one address is one member, and the last owner stays', async () => {
    const members = `/v1/tenants/${tenant}/members`;
    const { address, name } = PLAINTEXTS;
    const invited = await post(http, members, { address, name, role: 'owner' });
    expect(invited.status).toBe(201);
    expect((await post(http, members, { address: address.toUpperCase(), role: 'viewer' })).status).toBe(409);
    const owner = `${members}/${String(invited.body['user'])}`;
    expect((await http.command('PATCH', owner, randomUUID(), { role: 'viewer' })).status).toBe(409);
  });

  test('a write is seen by a query that names its position', async () => {
    const moved = await http.command('PATCH', `/v1/tenants/${tenant}`, randomUUID(), { country: 'DE' });
    const after = moved.headers.get('candor-position') ?? '';
    const { entries } = await auditLog(http, tenant, { after, action: 'tenant.profile-changed', limit: '1' });
    expect(entries[0]?.body).toMatchObject({ changed: ['country'], country: 'DE' });
  });
});

describe('accesses', () => {
  test('what no grant covers is recorded, and flagged with what was missing', async () => {
    const employee = { kind: 'employee', id: randomUUID(), name: PLAINTEXTS.employee };
    const mailbox = { kind: 'mailbox', id: randomUUID() };
    const granted = await post(http, `/v1/tenants/${tenant}/grants`, {
      grantee: employee,
      level: 'view-metadata',
      scope: mailbox,
      until: inAnHour(),
      statement: PLAINTEXTS.statement,
      reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: PLAINTEXTS.ticket },
    });
    expect(granted.status).toBe(201);
    const grant = String(granted.body['grant']);
    const under = { actor: employee, authorization: { grant }, resource: mailbox };
    const report = async (overrides: Readonly<Record<string, unknown>>): Promise<string> => {
      const { status, body } = await post(http, `/v1/tenants/${tenant}/accesses`, access(overrides));
      expect(status).toBe(201);
      return String(body['event']);
    };
    const expected = new Map<string, string | undefined>([
      [await report(under), undefined],
      [await report({ ...under, level: 'view-content', operation: 'read' }), 'level-too-low'],
      [await report({ ...under, resource: { kind: 'mailbox', id: randomUUID() } }), 'outside-scope'],
      [await report({ ...under, authorization: { grant: randomUUID() } }), 'unknown-grant'],
      [await report({}), 'no-grant'],
      [await report({ outcome: 'refused' }), undefined],
    ]);
    const revoked = await post(http, `/v1/tenants/${tenant}/grants/${grant}/revocation`, {});
    expect(revoked.status).toBe(200);
    expected.set(await report({ ...under, occurredAt: new Date().toISOString() }), 'revoked');

    const flags = async (): Promise<ReadonlyMap<string, string | undefined>> => {
      const { entries } = await auditLog(http, tenant, {
        action: 'access.data-accessed',
        order: 'oldest',
        limit: '100',
      });
      const ours = entries.filter(({ id }) => expected.has(id));
      return new Map(ours.map(({ id, flagged }) => [id, flagged?.missing]));
    };
    await until('every uncovered access is flagged', 120_000, async () => {
      return [...(await flags()).values()].filter((missing) => missing !== undefined).length === 5;
    });
    expect(await flags()).toEqual(expected);
  });
});

describe('records in bulk', () => {
  test('each line has its verdict, and the same body again changes nothing', async () => {
    const good = { tenant, ...access({ occurredAt: new Date(Date.now() - 1_000).toISOString() }) };
    const message = {
      tenant,
      recordKey: 'mail.quayside.example/4XhT2k/1@quayside.example',
      recipient: PLAINTEXTS.recipient,
      occurredAt: new Date(Date.now() - 60_000).toISOString(),
    };
    const { contact, diagnostic } = PLAINTEXTS;
    const lines = [
      good,
      { ...message, type: 'delivery.accepted', key: 'accepted', sender: contact, bytes: 2_048 },
      { ...message, type: 'delivery.failed', key: 'end', status: '5.1.1', reason: 'invalid', diagnostic },
      { ...good, recordKey: randomUUID(), level: 'everything' },
      { ...good, records: 4 },
    ];
    const verdicts = await http.records(lines);
    expect(verdicts.map(({ line, verdict }) => [line, verdict])).toEqual([
      [1, 'accepted'],
      [2, 'accepted'],
      [3, 'accepted'],
      [4, 'rejected'],
      [5, 'conflict'],
    ]);
    const stored = async (): Promise<number> =>
      (await auditLog(http, tenant, { action: 'delivery.*', limit: '100' })).entries.length +
      (await auditLog(http, tenant, { action: 'access.*', limit: '100' })).entries.length;
    await until(
      'the deliveries are in, the flag of the uncovered one, and the conflict',
      120_000,
      async () => {
        const { entries } = await auditLog(http, tenant, { action: 'access.data-accessed', limit: '1' });
        const conflicts = await auditLog(http, tenant, { action: 'access.conflict-detected', limit: '1' });
        const deliveries = await auditLog(http, tenant, { action: 'delivery.*', limit: '100' });
        return (
          entries[0]?.flagged?.missing === 'no-grant' &&
          conflicts.entries.length === 1 &&
          deliveries.entries.length === 2
        );
      },
    );
    const before = await stored();
    const again = await http.records(lines);
    expect(again.map(({ verdict }) => verdict)).toEqual([
      'duplicate',
      'duplicate',
      'duplicate',
      'rejected',
      'conflict',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await stored()).toBe(before);
  });
});

describe('the audit log', () => {
  test('pages in either order show every entry once', async () => {
    const listed = async (order: string): Promise<readonly number[]> => {
      const indexes: number[] = [];
      let cursor: string | null = null;
      // Each page read is an entry more: reading towards the newest would never end.
      while (indexes.length < 21) {
        const next: string | null = cursor;
        const page = await auditLog(http, tenant, {
          order,
          limit: '7',
          ...(next === null ? {} : { cursor: next }),
        });
        indexes.push(...page.entries.map(({ index }) => index));
        if (page.next === null) break;
        cursor = page.next;
      }
      return indexes;
    };
    expect(await listed('oldest')).toEqual(Array.from({ length: 21 }, (_, n) => n));
    const newest = await listed('newest');
    expect(newest).toHaveLength(21);
    expect(newest).toEqual(newest.map((_, n) => (newest[0] ?? 0) - n));
  });

  test('who reads is told', async () => {
    await auditLog(http, tenant, { action: 'access.*', limit: '5' });
    await until('the reading is in the log', 120_000, async () => {
      const { entries } = await auditLog(http, tenant, { action: 'log.queried', limit: '100' });
      return entries.some(({ body }) =>
        String((body['filter'] as { action: unknown }).action).startsWith('access.'),
      );
    });
  });

  test('an entry is found by its id, and not through another tenant', async () => {
    const { entries } = await auditLog(http, tenant, { limit: '1' });
    const id = entries[0]?.id ?? '';
    expect((await http.send('GET', `/v1/tenants/${tenant}/audit-log/${id}`)).status).toBe(200);
    const other = String((await post(http, '/v1/tenants', registration)).body['tenant']);
    expect((await http.send('GET', `/v1/tenants/${other}/audit-log/${id}`)).status).toBe(404);
  });
});

describe('bad input', () => {
  const key = { 'idempotency-key': 'bad-input' };
  const form = { ...key, 'content-type': 'application/x-www-form-urlencoded' };
  const cases: readonly [string, string, string, unknown, Record<string, string>][] = [
    ['unknown field', 'POST', '/v1/tenants', { ...registration, extra: 1 }, key],
    ['wrong type', 'POST', '/v1/tenants', { ...registration, legalName: 7 }, key],
    ['bad JSON', 'POST', '/v1/tenants', '{"legalName":', key],
    ['no object', 'POST', '/v1/tenants', [], key],
    ['too large', 'POST', '/v1/tenants', { ...registration, legalName: 'x'.repeat(1_100_000) }, key],
    ['no idempotency key', 'POST', '/v1/tenants', registration, {}],
    ['a tenant that is not', 'PATCH', `/v1/tenants/${randomUUID()}`, { country: 'DE' }, key],
    ['no uuid', 'GET', '/v1/tenants/1/audit-log', undefined, {}],
    ['no such route', 'GET', '/v1/nothing', undefined, {}],
    ['media type', 'POST', '/v1/tenants', 'a=b', form],
  ];
  test.each(cases)('%s is refused with a code', async (_name, method, path, body, headers) => {
    const answer = await http.send(method, path, { body, headers });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body['code']).toEqual(expect.stringMatching(/^[a-z]+\.[a-z-]+$/));
  });

  test.each(['cursor=zzz', 'limit=0', 'limit=1001', 'order=up', 'after=zzz', 'actor=me', 'colour=red'])(
    'a query with %s is refused',
    async (search) => {
      const answer = await http.send('GET', `/v1/tenants/${tenant}/audit-log?${search}`);
      expect(answer.status).toBe(400);
      expect(answer.body['code']).toEqual(expect.stringMatching(/^[a-z]+\.[a-z-]+$/));
    },
  );

  test('nobody gets in without the key', async () => {
    const stranger = new HttpClient({ url: system.url, key: 'candor_operator_wrong' });
    expect((await stranger.send('GET', '/v1/tenants')).status).toBe(401);
  });

  test('an access in the future is refused', async () => {
    const occurredAt = new Date(Date.now() + 3_600_000).toISOString();
    expect((await post(http, `/v1/tenants/${tenant}/accesses`, access({ occurredAt }))).status).toBe(422);
  });
});

describe('a store that is away', () => {
  test('is answered with 503 and Retry-After, and the same request is taken when it is back', async () => {
    await system.processes.eventstore.end('SIGTERM');
    const path = `/v1/tenants/${tenant}`;
    const key = randomUUID();
    const away = await http.command('PATCH', path, key, { country: 'AT' });
    expect(away.status).toBe(503);
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    system.processes.eventstore.start();
    await system.ready();
    await until('the same request is taken', 120_000, async () => {
      return (await http.command('PATCH', path, key, { country: 'AT' })).status === 200;
    });
  });
});

describe('personal values, and the key,', () => {
  const secrets = Object.values(PLAINTEXTS);

  test('are in no log file', async () => {
    const { found, searched } = await personalValuesInLogs(dir, [...secrets, system.key]);
    expect(found).toEqual([]);
    expect(searched).toBe(3);
  });

  test('are in no event, stream name or id', async () => {
    const { found, searched } = await personalValuesInEvents(system.eventStoreUrl, secrets);
    expect(found).toEqual([]);
    expect(searched).toBeGreaterThan(20);
  });

  test('are in no table', async () => {
    const { found, searched } = await personalValuesInTables(system.adminUrl, [...secrets, system.key]);
    expect(found).toEqual([]);
    expect(searched).toBeGreaterThan(100);
  });

  test('are in no byte on disk: database, write-ahead log, event store, keyring, logs, a backup', async () => {
    const admin = new Client({ connectionString: system.adminUrl });
    await admin.connect();
    await admin.query('CHECKPOINT');
    await admin.end();
    const keys = VaultKeys.open(system.adminUrl, new MemoryKeyService());
    await keys.backup(join(dir, 'vault-backup'), new Date());
    await keys.close();
    // A search that finds nothing must be one that could: what is no secret is found.
    const known = await valuesInFiles(dir, ['tenant.registered']);
    const where = known.found.join('\n');
    for (const place of ['data/base', 'data/pg_wal', 'eventstore/']) expect(where).toContain(place);
    const { found, searched } = await valuesInFiles(dir, [...secrets, system.key]);
    expect(found).toEqual([]);
    expect(searched).toBeGreaterThan(10_000_000);
  });
});
