import { Client } from 'pg';
import type { Scene } from './scene.ts';

/** One way to change what the views hold. $1 and $2 in it are the two tenants. */
export interface ViewRow {
  readonly what: string;
  readonly sql: readonly string[];
  /** What the first tenant sees in the export it is given then. */
  readonly tenant: string;
  /** What the operator's own check finds. */
  readonly operator: readonly string[];
}

const TABLES = [
  'audit_log_v1.entry',
  'audit_log_v1.log',
  'audit_log_v1.succession',
  'head.signed',
  ...['log', 'tile', 'checkpoint', 'succession'].map((table) => `verifiable_log_v1.${table}`),
  ...['slot', 'origin', 'checkpoint', 'epoch', 'node', 'note'].map((table) => `anchor_v1.${table}`),
];
/** Another letter of base64. */
const letter = (column: string, at: number): string =>
  `${column} = set_byte(${column}, ${at}, CASE get_byte(${column}, ${at}) WHEN 65 THEN 66 ELSE 65 END)`;
const bit = (column: string, at = 9): string =>
  `${column} = set_byte(${column}, ${at}, get_byte(${column}, ${at}) # 1)`;
const ENTRY = 'audit_log_v1.entry';
const REFUSED = `entry = convert_to(replace(convert_from(entry, 'UTF8'), '"outcome":"success"', '"outcome":"refused"'), 'UTF8')`;
const LEAF = `leaf = sha256('\\x00'::bytea || entry)`;
/** Everything an entry's row says of itself. */
const CONTENT =
  'type, outcome, actor_kind, actor_id, target_kind, target_id, occurred_at, recorded_at, leaf, entry, metadata';
const exchanged = (on: string): string =>
  `UPDATE ${ENTRY} a SET ${CONTENT.split(', ')
    .map((column) => `${column} = b.${column}`)
    .join(', ')} FROM kept.audit_log_v1_entry b WHERE ${on}`;
const moved = (from: number, by: number): readonly string[] => [
  `UPDATE ${ENTRY} SET index = index + 1000 + ${by} WHERE tenant_id = $1 AND index >= ${from}`,
  `UPDATE ${ENTRY} SET index = index - 1000 WHERE tenant_id = $1 AND index >= 1000`,
  `UPDATE audit_log_v1.log SET size = size + ${by} WHERE tenant_id = $1`,
];
/** The tree as it was at 20 of 25 entries: four leaves beside the one full tile. */
const TREE_OF_20 = `UPDATE verifiable_log_v1.log SET size = 20, edge = substring(edge for 128) || substring(edge from 289 for 32) WHERE tenant_id = $1`;
const CUT_TO_20 = [
  `DELETE FROM ${ENTRY} WHERE tenant_id = $1 AND index >= 20`,
  `UPDATE audit_log_v1.log SET size = 20 WHERE tenant_id = $1`,
  TREE_OF_20,
];
const FORGOTTEN = [
  'DELETE FROM head.signed WHERE tenant_id = $1',
  'DELETE FROM verifiable_log_v1.checkpoint WHERE tenant_id = $1 AND size > 20',
];

export const VIEW_ROWS: readonly ViewRow[] = [
  {
    what: 'a bit of an entry',
    sql: [`UPDATE ${ENTRY} SET ${bit('entry', 150)} WHERE tenant_id = $1 AND index = 9`],
    tenant: 'broken field.lost head.root',
    operator: ['view.entry'],
  },
  {
    what: 'another outcome in an entry',
    sql: [`UPDATE ${ENTRY} SET ${REFUSED} WHERE tenant_id = $1 AND index = 9`],
    tenant: 'broken field.lost head.root',
    operator: ['view.entry'],
  },
  {
    what: 'another outcome, with its leaf',
    sql: [
      `UPDATE ${ENTRY} SET ${REFUSED} WHERE tenant_id = $1 AND index = 9`,
      `UPDATE ${ENTRY} SET ${LEAF} WHERE tenant_id = $1`,
    ],
    tenant: 'broken field.lost head.root',
    operator: ['view.entry'],
  },
  {
    what: 'an entry dropped',
    sql: [`DELETE FROM ${ENTRY} WHERE tenant_id = $1 AND index = 9`],
    tenant: 'incomplete entry.gap',
    operator: ['view.entry'],
  },
  {
    what: 'an entry dropped, those after it moved up',
    sql: [`DELETE FROM ${ENTRY} WHERE tenant_id = $1 AND index = 9`, ...moved(10, -1)],
    tenant: 'refused',
    operator: ['view.entry'],
  },
  {
    what: 'an entry inserted, those after it moved down',
    sql: [
      ...moved(9, 1),
      `INSERT INTO ${ENTRY} SELECT tenant_id, 9, gen_random_uuid(), ${CONTENT.split(', ').slice(0, -3).join(', ')}, seen_at, leaf, entry, metadata FROM ${ENTRY} WHERE tenant_id = $1 AND index = 8`,
    ],
    tenant: 'refused',
    operator: ['view.entry'],
  },
  {
    what: 'two entries in each other’s place',
    sql: [
      exchanged('a.tenant_id = $1 AND b.tenant_id = $1 AND a.index + b.index = 19 AND a.index IN (9, 10)'),
    ],
    tenant: 'refused',
    operator: ['view.entry'],
  },
  {
    what: 'the entries of two tenants in each other’s place',
    sql: [
      exchanged(
        'a.tenant_id IN ($1, $2) AND b.tenant_id IN ($1, $2) AND a.tenant_id <> b.tenant_id AND a.index = 9 AND b.index = 9',
      ),
    ],
    tenant: 'refused',
    operator: ['view.entry'],
  },
  { what: 'the tail cut off', sql: CUT_TO_20, tenant: 'refused', operator: ['view.entry', 'view.root'] },
  {
    what: 'the tail cut off, and the signed head forgotten',
    sql: [...CUT_TO_20, ...FORGOTTEN],
    tenant: 'refused',
    operator: ['view.checkpoint', 'view.entry', 'view.root'],
  },
  {
    what: 'a bit of a leaf',
    sql: [`UPDATE ${ENTRY} SET ${bit('leaf')} WHERE tenant_id = $1 AND index = 9`],
    tenant: 'witnessed',
    operator: ['view.entry'],
  },
  {
    what: 'a bit of a tile',
    sql: [`UPDATE verifiable_log_v1.tile SET ${bit('hashes')} WHERE tenant_id = $1`],
    tenant: 'witnessed',
    operator: ['view.tile'],
  },
  {
    what: 'a tile dropped',
    sql: [`DELETE FROM verifiable_log_v1.tile WHERE tenant_id = $1`],
    tenant: 'witnessed',
    operator: ['view.tile'],
  },
  {
    what: 'the tiles of two tenants in each other’s place',
    sql: [
      `UPDATE verifiable_log_v1.tile a SET hashes = b.hashes FROM verifiable_log_v1.tile b WHERE a.tenant_id IN ($1, $2) AND b.tenant_id IN ($1, $2) AND a.tenant_id <> b.tenant_id AND a.level = b.level AND a.n = b.n`,
    ],
    tenant: 'witnessed',
    operator: ['view.tile'],
  },
  {
    what: 'a bit of the newest hashes',
    sql: [`UPDATE verifiable_log_v1.log SET ${bit('edge')} WHERE tenant_id = $1`],
    tenant: 'refused',
    operator: ['view.root'],
  },
  {
    what: 'a bit of a recorded root',
    sql: [`UPDATE verifiable_log_v1.checkpoint SET ${bit('root')} WHERE tenant_id = $1`],
    tenant: 'witnessed',
    operator: ['view.checkpoint'],
  },
  {
    what: 'a bit of a signed root',
    sql: [`UPDATE head.signed SET ${bit('root')} WHERE tenant_id = $1`],
    tenant: 'refused',
    operator: ['signed.root'],
  },
  {
    what: 'an old head shown under every epoch',
    sql: [
      `UPDATE anchor_v1.checkpoint a SET root = b.root FROM anchor_v1.checkpoint b WHERE a.log_id = $1 AND b.log_id = $1 AND b.size < a.size`,
    ],
    tenant: 'refused',
    operator: ['view.anchor'],
  },
  {
    what: 'the heads of two tenants in each other’s place',
    sql: [
      `UPDATE anchor_v1.checkpoint a SET root = b.root FROM anchor_v1.checkpoint b WHERE a.log_id IN ($1, $2) AND b.log_id IN ($1, $2) AND a.log_id <> b.log_id AND a.size = b.size`,
    ],
    tenant: 'refused',
    operator: ['view.anchor'],
  },
  {
    what: 'the slots of two tenants in each other’s place',
    sql: [
      `UPDATE anchor_v1.slot SET slot = slot + 1000000 WHERE log_id IN ($1, $2)`,
      `UPDATE anchor_v1.slot a SET slot = b.slot - 1000000 FROM anchor_v1.slot b WHERE a.log_id IN ($1, $2) AND b.log_id IN ($1, $2) AND a.log_id <> b.log_id`,
    ],
    tenant: 'refused',
    operator: ['view.anchor'],
  },
  {
    what: 'another origin',
    sql: [`UPDATE anchor_v1.origin SET origin = replace(origin, '-', '-a') WHERE log_id = $1`],
    tenant: 'refused',
    operator: ['view.anchor'],
  },
  {
    what: 'a bit of an epoch’s root',
    sql: [`UPDATE anchor_v1.epoch SET ${bit('root')} WHERE epoch = (SELECT max(epoch) FROM anchor_v1.note)`],
    tenant: 'refused',
    operator: ['view.anchor'],
  },
  {
    what: 'another time of an epoch',
    sql: [`UPDATE anchor_v1.epoch SET time = time - 1 WHERE epoch = 0`],
    tenant: 'broken anchor.root',
    operator: ['view.anchor'],
  },
  {
    what: 'an epoch dropped',
    sql: [`DELETE FROM anchor_v1.epoch WHERE epoch = 1`],
    tenant: 'incomplete epoch.gap',
    operator: ['view.anchor'],
  },
  {
    what: 'an old checkpoint of the anchor log as the newest',
    sql: [
      `UPDATE anchor_v1.note a SET note = b.note FROM anchor_v1.note b WHERE b.epoch = (SELECT min(epoch) FROM anchor_v1.note)`,
    ],
    tenant: 'broken anchor.size',
    operator: ['view.anchor'],
  },
  {
    what: 'the newest checkpoints of the anchor log dropped',
    sql: [`DELETE FROM anchor_v1.note WHERE epoch > (SELECT min(epoch) FROM anchor_v1.note)`],
    tenant: 'checkpointed',
    operator: ['view.anchor'],
  },
  {
    what: 'a letter of the anchor log’s checkpoint',
    sql: [`UPDATE anchor_v1.note SET ${letter('note', 30)}`],
    tenant: 'broken note.signature',
    operator: ['view.anchor'],
  },
  {
    what: 'a letter of a sealed value',
    sql: [`UPDATE ${ENTRY} SET ${letter('metadata', 200)} WHERE tenant_id = $1 AND index = 1`],
    tenant: 'incomplete field.lost',
    operator: ['view.entry'],
  },
  {
    what: 'a successor that begins within the log',
    sql: ['INSERT INTO audit_log_v1.succession (tenant_id, succession, start) VALUES ($1, 1, 10)'],
    tenant: 'refused',
    operator: ['view.entry'],
  },
  {
    what: 'a successor that nobody declared',
    sql: [
      'INSERT INTO audit_log_v1.succession (tenant_id, succession, start) VALUES ($1, 1, 25)',
      'INSERT INTO verifiable_log_v1.succession (tenant_id, succession) VALUES ($1, 1)',
    ],
    tenant: 'refused',
    operator: ['view.checkpoint', 'view.entry'],
  },
  {
    what: 'a head given to a successor',
    sql: ['UPDATE anchor_v1.checkpoint SET succession = 1 WHERE log_id = $1'],
    tenant: 'checkpointed',
    operator: ['view.anchor'],
  },
  {
    what: 'the name of the log given to a successor',
    sql: ['UPDATE anchor_v1.origin SET succession = 1 WHERE log_id = $1'],
    tenant: 'refused',
    operator: ['view.anchor'],
  },
];

/** Changes the views, and puts them back. */
export class Views {
  private readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open({ system }: Scene): Promise<Views> {
    const client = new Client({ connectionString: system.adminUrl });
    await client.connect();
    await client.query('DROP SCHEMA IF EXISTS kept CASCADE');
    await client.query('CREATE SCHEMA kept');
    for (const table of TABLES) await client.query(`CREATE TABLE ${kept(table)} AS TABLE ${table}`);
    return new Views(client);
  }

  /** @throws Error when it changes nothing */
  async change({ what, sql }: ViewRow, tenants: readonly string[]): Promise<void> {
    for (const statement of sql) {
      const values = tenants.slice(0, statement.includes('$2') ? 2 : statement.includes('$1') ? 1 : 0);
      const { rowCount } = await this.client.query(statement, [...values]);
      if (rowCount === 0) throw new Error(`nothing was changed: ${what}`);
    }
  }

  async restore(): Promise<void> {
    for (const table of TABLES) {
      await this.client.query(`DELETE FROM ${table}`);
      await this.client.query(`INSERT INTO ${table} SELECT * FROM ${kept(table)}`);
    }
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

const kept = (table: string): string => `kept.${table.replace('.', '_')}`;
