import { logOrigin } from '@candor/crypto';
import type { CheckpointRecorded, EpochCosigned, EpochRecorded, SlotAssigned } from '@candor/domain';
import { ByteColumn, plain, text } from '../columns.js';
import { known } from '../known.js';
import type { BatchEvent, Projection } from '../projection.js';
import type { Sql } from '../sql.js';
import { type LogOrigin, originOfStream, succeeds } from '../succession.js';
import { grownNodes } from './grown-nodes.js';

/** Entry 0 of a log states its slot and operator (formats v1 §1.7, §4.5). */
const FIRST_ENTRIES: ReadonlySet<string> = new Set([
  'tenant.registered',
  'platform.installed',
  'log.succeeded',
]);
const CHECKPOINT = 'log.checkpoint-recorded';
const EPOCH = 'log.epoch-recorded';
const NOTE = 'log.epoch-cosigned';
const SLOT = 'log.slot-assigned';

/** Slots, recorded checkpoints and epochs: what the anchor log's public files are made of, all but the slots' keys. */
export function anchor(schema = 'anchor_v1'): Projection {
  return {
    name: schema,
    concerns: ({ stored: { type } }) =>
      FIRST_ENTRIES.has(type) || type === CHECKPOINT || type === EPOCH || type === NOTE || type === SLOT,
    apply: async (events, sql) => {
      const of = (type: string) => events.filter(({ stored }) => stored.type === type);
      const first = events.filter(({ stored }) => FIRST_ENTRIES.has(stored.type));
      // Sent in this order: an epoch finds the checkpoint it names, which may be of the same batch.
      await Promise.all([
        insertSlots(schema, of(SLOT), sql),
        insertOrigins(schema, first, sql),
        insertCheckpoints(schema, of(CHECKPOINT), sql),
        insertEpochs(schema, of(EPOCH), sql),
        insertNotes(schema, of(NOTE), sql),
      ]);
    },
  };
}

async function insertSlots(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  if (events.length === 0) return;
  const bodies = events.map((event) => (known(event).event as SlotAssigned).body);
  await sql.query(
    `INSERT INTO ${schema}.slot (slot, log_id)
     SELECT * FROM unnest($1::bigint[], $2::uuid[]) ON CONFLICT DO NOTHING`,
    [plain(bodies.map(({ slot }) => slot)), plain(bodies.map(({ log }) => log))],
  );
}

async function insertOrigins(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  const rows = events.flatMap((event) => {
    const { log, body } = event.entry.json;
    const { slot, operator } = body;
    if (log === null || typeof slot !== 'number' || typeof operator !== 'string') return [];
    const origin = logOrigin(operator, slot, event.stored.data);
    return [{ log, position: event.position, origin, successor: succeeds(event) }];
  });
  if (rows.length === 0) return;
  // A successor has the number after those before it, which may be of the same batch or there already.
  await sql.query(
    `WITH named AS (
       SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::boolean[]) AS r(log_id, position, origin, successor))
     INSERT INTO ${schema}.origin (log_id, position, origin, succession)
     SELECT r.log_id, r.position, r.origin, CASE WHEN NOT r.successor THEN 0 ELSE 1 + (
       SELECT count(*) FROM (
         SELECT position FROM named b WHERE b.log_id = r.log_id AND b.successor
         UNION SELECT position FROM ${schema}.origin b WHERE b.log_id = r.log_id AND b.succession > 0) before
       WHERE before.position < r.position) END
     FROM named r ON CONFLICT DO NOTHING`,
    [
      plain(rows.map(({ log }) => log)),
      plain(rows.map(({ position }) => position)),
      text(rows.map(({ origin }) => origin)),
      plain(rows.map(({ successor }) => successor)),
    ],
  );
}

async function insertCheckpoints(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  if (events.length === 0) return;
  const bodies = events.map((event) => (known(event).event as CheckpointRecorded).body);
  const origins = events.map(({ stored }) => logOf(stored.stream));
  const roots = new ByteColumn();
  for (const { root } of bodies) roots.add(Buffer.from(root, 'base64'));
  await sql.query(
    `INSERT INTO ${schema}.checkpoint (log_id, succession, size, root, event_id, position)
     SELECT r.log_id, r.succession, r.size, substring($1::bytea from r.start for 32), r.event_id, r.position
     FROM unnest($2::int[], $3::uuid[], $4::int[], $5::bigint[], $6::uuid[], $7::bigint[])
       AS r(start, log_id, succession, size, event_id, position)
     ON CONFLICT DO NOTHING`,
    [
      roots.bytes,
      roots.offsets,
      plain(origins.map(({ log }) => log)),
      plain(origins.map(({ succession }) => succession)),
      plain(bodies.map(({ size }) => size)),
      plain(events.map(({ stored }) => stored.id)),
      plain(events.map(({ position }) => position)),
    ],
  );
}

/** @throws TypeError for a stream of another form: the view stops rather than guess */
function logOf(stream: string): LogOrigin {
  const origin = originOfStream(stream);
  if (origin === undefined) throw new TypeError('a checkpoint is recorded in no log’s stream');
  return origin;
}

async function insertEpochs(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  if (events.length === 0) return;
  const bodies = events.map((event) => (known(event).event as EpochRecorded).body);
  const nodes = await grownNodes(schema, bodies, sql);
  const roots = new ByteColumn();
  for (const { root } of bodies) roots.add(Buffer.from(root, 'base64'));
  const hashes = new ByteColumn();
  for (const { hash } of nodes) hashes.add(hash);
  await Promise.all([
    sql.query(
      `INSERT INTO ${schema}.epoch (epoch, time, slots, root, after, counted)
       SELECT r.epoch, r.time, r.slots, substring($1::bytea from r.start for 32), r.after,
         (SELECT c.position FROM ${schema}.checkpoint c WHERE c.event_id = r.after)
       FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[])
         AS r(start, epoch, time, slots, after)
       ON CONFLICT (epoch) DO NOTHING`,
      [
        roots.bytes,
        roots.offsets,
        plain(bodies.map(({ epoch }) => epoch)),
        plain(bodies.map(({ time }) => time)),
        plain(bodies.map(({ slots }) => slots)),
        plain(bodies.map(({ after }) => after)),
      ],
    ),
    sql.query(
      `INSERT INTO ${schema}.node (level, index, hash)
       SELECT r.level, r.index, substring($1::bytea from r.start for 32)
       FROM unnest($2::int[], $3::smallint[], $4::bigint[]) AS r(start, level, index)
       ON CONFLICT DO NOTHING`,
      [
        hashes.bytes,
        hashes.offsets,
        plain(nodes.map(({ level }) => level)),
        plain(nodes.map(({ index }) => index)),
      ],
    ),
  ]);
}

/** The first one stands, as its stream allows no second. */
async function insertNotes(schema: string, events: readonly BatchEvent[], sql: Sql): Promise<void> {
  if (events.length === 0) return;
  const bodies = events.map((event) => (known(event).event as EpochCosigned).body);
  const notes = new ByteColumn();
  for (const { note } of bodies) notes.add(Buffer.from(note, 'base64'));
  await sql.query(
    `INSERT INTO ${schema}.note (epoch, note)
     SELECT r.epoch, substring($1::bytea from r.start for r.size)
     FROM unnest($2::int[], $3::int[], $4::bigint[]) AS r(start, size, epoch)
     ON CONFLICT (epoch) DO NOTHING`,
    [notes.bytes, notes.offsets, notes.lengths, plain(bodies.map(({ epoch }) => epoch))],
  );
}
