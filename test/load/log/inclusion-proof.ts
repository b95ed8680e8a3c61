import { leafHash, u64 } from '@candor/crypto';
import { parseCheckpoint, parseProofFile, splitNote, verifyInclusion } from '@candor/crypto/tlog';
import { Edge } from '@candor/read-models';
import { Client } from 'pg';
import { HttpClient } from '../../harness/http-client.ts';
import { until } from '../../harness/node-process.ts';
import type { System } from '../../harness/system.ts';
import { query } from '../database.ts';
import { median, percentile, print } from '../figure.ts';
import { registerTenants } from '../tenants.ts';

const SMALL = 50_000;
const LARGE = 5_000_000;
const SAMPLES = 1_000;
const WARM_UP = 100;
/** Tiles inserted in one statement. */
const TILES = 4_000;

type Tile = ReturnType<Edge['append']>[number];

/** A log whose tree was made large. */
interface Grown {
  readonly tenant: string;
  readonly size: number;
  /** The leaves that were there before, which are entries. */
  readonly first: readonly Uint8Array[];
  /** How often the answer was 503. */
  again: number;
}

/**
 * `GET …/log/proof/:index?size=` through HTTP, of leaves drawn at random, at two sizes of a log: access check, the
 * recorded head and its root again, path, signature. Every proof is verified, outside of the time taken.
 */
export async function benchInclusionProof(system: System, scale: number): Promise<void> {
  const [a = '', b = ''] = await registerTenants(system, 2);
  const small = await grow(system, a, Math.ceil(SMALL * scale));
  const large = await grow(system, b, Math.ceil(LARGE * scale));
  await query(system, 'VACUUM ANALYZE verifiable_log_v1.tile');
  const http = new HttpClient(system);
  for (const log of [small, large]) await recordHead(http, log);
  // Taken in turns, so that whatever else the machine does falls on both.
  const times: { readonly small: number[]; readonly large: number[] } = { small: [], large: [] };
  for (let n = 0; n < SAMPLES + WARM_UP; n++) {
    const [one, other] = [await proofTime(http, small), await proofTime(http, large)];
    if (n < WARM_UP) continue;
    times.small.push(one);
    times.large.push(other);
  }
  const again = small.again + large.again;
  print({
    figure: `inclusion proof, p99, ${large.size} leaves`,
    value: percentile(times.large, 0.99),
    unit: 'ms',
    reference: { what: `the same at ${small.size} leaves`, value: percentile(times.small, 0.99) },
    atMost: 1.5,
    aim: 1.2,
    note: `through HTTP; p50 ${median(times.large).toFixed(2)} ms, at the smaller size ${median(times.small).toFixed(2)} ms; ${again} of ${2 * (SAMPLES + WARM_UP)} answered 503 and asked again`,
  });
}

/** The head that the proofs lead to. */
async function recordHead(http: HttpClient, { tenant, size }: Grown): Promise<void> {
  await until('the head of the whole log is recorded', 120_000, async () => {
    const { body } = await http.send('GET', `/v1/tenants/${tenant}/log/checkpoint`);
    return String(body['text']).split('\n')[1] === String(size);
  });
}

async function proofTime(http: HttpClient, log: Grown): Promise<number> {
  const { tenant, size, first } = log;
  const index = Math.floor(Math.random() * size);
  const from = performance.now();
  const { status, body } = await http.send('GET', `/v1/tenants/${tenant}/log/proof/${index}?size=${size}`);
  const time = performance.now() - from;
  if (status === 503 && log.again < SAMPLES / 100) {
    log.again++;
    return proofTime(http, log);
  }
  if (status !== 200) throw new Error(`the proof was answered with ${status}`);
  const file = parseProofFile(String(body['text']));
  const { root } = parseCheckpoint(splitNote(file.note).text);
  verifyInclusion(index, size, first[index] ?? leafOf(index), file.proof, root);
  return time;
}

/**
 * Fills a log's tree, as the projection would have, with leaves made of their numbers, after the leaves that are there.
 * Only the tree: the proof's route reads no entry.
 */
async function grow(system: System, tenant: string, size: number): Promise<Grown> {
  await until('the log has its first entries in the view', 120_000, async () => {
    const [row] = await query<{ n: string }>(
      system,
      'SELECT size AS n FROM verifiable_log_v1.log WHERE tenant_id = $1',
      [tenant],
    );
    return Number(row?.n ?? 0) > 0;
  });
  const client = new Client({ connectionString: system.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ size: string; edge: Buffer }>(
      'SELECT size, edge FROM verifiable_log_v1.log WHERE tenant_id = $1',
      [tenant],
    );
    const edge = Edge.from(Number(rows[0]?.size ?? 0), rows[0]?.edge ?? Buffer.alloc(0));
    const first = [...edge.partial(0)];
    let tiles: Tile[] = [];
    for (let index = first.length; index < size; index++) {
      tiles.push(...edge.append(leafOf(index)));
      if (tiles.length < TILES) continue;
      await insert(client, tenant, tiles);
      tiles = [];
    }
    await insert(client, tenant, tiles);
    await client.query('UPDATE verifiable_log_v1.log SET size = $2, edge = $3 WHERE tenant_id = $1', [
      tenant,
      edge.size,
      edge.bytes,
    ]);
    return { tenant, size: edge.size, first, again: 0 };
  } finally {
    await client.end();
  }
}

function leafOf(index: number): Uint8Array {
  return leafHash(u64(BigInt(index)));
}

async function insert(client: Client, tenant: string, tiles: readonly Tile[]): Promise<void> {
  await client.query(
    `INSERT INTO verifiable_log_v1.tile (tenant_id, level, n, hashes)
     SELECT $1, r.level, r.n, substring($4::bytea from (r.place::int - 1) * 512 + 1 for 512)
     FROM unnest($2::int[], $3::bigint[]) WITH ORDINALITY AS r(level, n, place)`,
    [
      tenant,
      tiles.map(({ level }) => level),
      tiles.map(({ n }) => n),
      Buffer.concat(tiles.map(({ hashes }) => hashes)),
    ],
  );
}
