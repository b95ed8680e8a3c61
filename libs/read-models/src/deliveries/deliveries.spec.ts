import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeEntry } from '@candor/event-store';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { auditLog } from '../audit-log/projection.js';
import { BadCursor } from '../cursor.js';
import { inScope } from '../scope.js';
import { createPool, inTransaction, type Pool } from '../sql.js';
import { deliveries } from './projection.js';
import { type DeliveryPage, queryDeliveries } from './query.js';

let database: TestPostgres;
let projector: Pool;
let api: Pool;
let story: Story;
let tenant: string;
let message: string;

beforeAll(async () => {
  database = await startPostgres();
  projector = createPool(database.projectorUrl);
  api = createPool(database.apiUrl);
});
afterAll(async () => {
  await projector.end();
  await api.end();
  await database.stop();
});
beforeEach(async () => {
  story = new Story();
  tenant = await story.open(randomUUID());
  message = randomUUID();
});

const bodies = {
  accepted: {
    address: 'kim@example.org',
    originalAddress: null,
    sender: null,
    sourceMessageId: null,
    bytes: 1200,
    direction: 'outbound',
  },
  attempted: { attempt: 1, remoteMta: null, tls: null, reply: null, delayMs: null },
  deferred: {
    attempt: 1,
    action: 'delayed',
    status: '4.2.2',
    diagnostic: '452 mailbox full',
    retryUntil: null,
  },
  delivered: { attempt: 2, action: 'delivered', status: '2.1.5', diagnostic: null },
  failed: { attempt: 1, action: 'failed', status: '5.1.1', reason: 'invalid', diagnostic: null },
  'conflict-detected': { conflictsWith: randomUUID(), report: '{}' },
} as const;

const reported = (kind: keyof typeof bodies, recipient: string) =>
  story.happens(tenant, `message-${recipient}`, {
    type: `delivery.${kind}`,
    body: {
      reporter: randomUUID(),
      receivedAt: new Date(story.now).toISOString(),
      messageId: message,
      recipient,
      ...bodies[kind],
    },
  });

async function projectAll(batchSize = 3): Promise<void> {
  await project(projector, auditLog(), await story.events());
  await project(projector, deliveries(), await story.events(), batchSize);
}
const query = (limit = 10, cursor: string | null = null, of = tenant): Promise<DeliveryPage> =>
  inScope(api, { kind: 'tenant', tenant: of }, (sql) =>
    queryDeliveries(sql, { tenant, message, cursor, limit }),
  );

test('the state goes by rank, whatever order the reports came in', async () => {
  const recipient = randomUUID();
  await reported('delivered', recipient);
  const end = new Date(story.now).toISOString();
  for (const kind of ['deferred', 'attempted', 'attempted', 'accepted', 'conflict-detected'] as const)
    await reported(kind, recipient);
  await projectAll();
  const [delivery, ...more] = (await query()).deliveries;
  expect(more).toEqual([]);
  expect(delivery).toMatchObject({
    recipient,
    state: 'delivered',
    status: '2.1.5',
    since: end,
    attempts: 2,
    conflicts: 1,
    omitted: 0,
  });
  expect(delivery?.events.map(({ type }) => type)).toEqual([
    'delivery.delivered',
    'delivery.deferred',
    'delivery.attempted',
    'delivery.attempted',
    'delivery.accepted',
    'delivery.conflict-detected',
  ]);
  const [opened] = await story.codec.open(delivery?.events.slice(1, 2).map(decodeEntry) ?? [], 'verified');
  expect(opened?.event.body).toMatchObject({ diagnostic: '452 mailbox full' });
});

test('a very long story shows its beginning and its end, and is judged as a whole', async () => {
  const recipient = randomUUID();
  await reported('accepted', recipient);
  for (let n = 0; n < 210; n++) await reported('attempted', recipient);
  await reported('failed', recipient);
  await projectAll(50);
  const [delivery] = (await query()).deliveries;
  expect(delivery).toMatchObject({ state: 'failed', status: '5.1.1', attempts: 210, omitted: 12 });
  expect(delivery?.events).toHaveLength(200);
  expect(delivery?.events.at(-1)?.type).toBe('delivery.failed');
});

test('many recipients share what a page shows in full', async () => {
  const [long = '', ...others] = Array.from({ length: 40 }, () => randomUUID());
  for (let n = 0; n < 60; n++) await reported('attempted', long);
  for (const recipient of others) await reported('accepted', recipient);
  await projectAll(50);
  const shown = (await query(100)).deliveries.find(({ recipient }) => recipient === long);
  expect(shown).toMatchObject({ attempts: 60, omitted: 60 - 2 * 25 });
});

test('recipients come page by page, each once', async () => {
  const recipients = Array.from({ length: 5 }, () => randomUUID());
  for (const recipient of recipients) await reported('accepted', recipient);
  await projectAll();
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await query(2, cursor);
    seen.push(...page.deliveries.map(({ recipient }) => recipient));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual(recipients.sort());
  await expect(query(2, 'AQAA')).rejects.toThrow(BadCursor);
});

test('events that come twice change nothing', async () => {
  const recipient = randomUUID();
  for (const kind of ['accepted', 'attempted', 'delivered'] as const) await reported(kind, recipient);
  await projectAll(2);
  const once = await contents(projector, ['deliveries_v1.event']);
  await projectAll(1);
  await projectAll(3);
  expect(await contents(projector, ['deliveries_v1.event'])).toEqual(once);
});

test('nothing is shown that the audit log has not: neither an event nor a recipient', async () => {
  const recipient = randomUUID();
  await reported('accepted', recipient);
  await projectAll();
  await reported('delivered', recipient);
  await reported('accepted', randomUUID());
  await project(projector, deliveries(), await story.events());
  expect((await query()).deliveries).toMatchObject([{ recipient, state: 'accepted', omitted: 0 }]);
  await projectAll();
  expect((await query()).deliveries).toHaveLength(2);
});

test('an entry that the audit log has lost is a fault, and not a shorter story', async () => {
  await reported('accepted', randomUUID());
  await projectAll();
  const owner = createPool(database.ownerUrl);
  await inTransaction(owner, 'BEGIN', async (sql) => {
    await sql.query('ALTER TABLE audit_log_v1.entry NO FORCE ROW LEVEL SECURITY');
    await sql.query('DELETE FROM audit_log_v1.entry WHERE tenant_id = $1', [tenant]);
    await sql.query('ALTER TABLE audit_log_v1.entry FORCE ROW LEVEL SECURITY');
  });
  await owner.end();
  await expect(query()).rejects.toThrow('is not in the audit log');
});

test('another tenant, or a message that is not there, gives nothing', async () => {
  await reported('accepted', randomUUID());
  await projectAll();
  expect(await query(10, null, randomUUID())).toEqual({ deliveries: [], next: null });
  message = randomUUID();
  expect(await query()).toEqual({ deliveries: [], next: null });
});
