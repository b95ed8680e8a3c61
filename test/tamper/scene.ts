import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpClient } from '../harness/http-client.ts';
import { until } from '../harness/node-process.ts';
import { startSystem, type System } from '../harness/system.ts';
import { accessLine, must, registerTenants } from '../load/tenants.ts';
import { type Line, parseLines } from './lines.ts';

/** What a tenant has at hand: its export, and what it kept from earlier. */
export interface Tenant {
  readonly id: string;
  readonly origin: string;
  readonly slot: number;
  readonly lines: readonly Line[];
  readonly size: number;
  /** A signed checkpoint from before the last entries. */
  readonly kept: string;
}

/**
 * A system that runs, with two tenants whose logs stand under epochs that two witnesses have cosigned, the operator's own
 * and another's. The projector has been stopped: nothing moves any more but what is tampered with.
 */
export interface Scene {
  readonly dir: string;
  readonly system: System;
  readonly tenants: readonly [Tenant, Tenant];
  readonly logKey: string;
  /** A policy for which the other's witness alone is enough, as a tenant would have it. */
  readonly policyFile: string;
  readonly http: HttpClient;
  stop(): Promise<void>;
}

export async function startScene(dir: string): Promise<Scene> {
  const system = await startSystem({ dir, durable: false, witnesses: ['own', 'mine'], epochSeconds: 1 });
  try {
    return await play(dir, system);
  } catch (error) {
    await system.stop();
    throw error;
  }
}

async function play(dir: string, system: System): Promise<Scene> {
  const http = new HttpClient(system);
  const ids = (await registerTenants(system, 2)) as [string, string];
  for (const id of ids) await write(http, id, 1);
  for (const id of ids) await anchored(http, id, 1 + PER_TURN);
  const kept = [await checkpoint(http, ids[0]), await checkpoint(http, ids[1])] as const;
  for (const id of ids) await write(http, id, 2);
  for (const id of ids) await anchored(http, id, 1 + 2 * PER_TURN);
  await system.processes.projector.end('SIGTERM');
  const tenants = [await tenantOf(system, ids[0], kept[0]), await tenantOf(system, ids[1], kept[1])] as const;
  const { body } = await http.send('GET', '/v1/log/keys');
  const keys = body['keys'] as readonly { readonly purpose: string; readonly vkey: string }[];
  const keysFor = (wanted: string) => keys.flatMap(({ purpose, vkey }) => (purpose === wanted ? [vkey] : []));
  const { vkeys = [] } = system.witnesses ?? {};
  const policyFile = join(dir, 'tenant-policy.txt');
  // Every key that signs is named, so that every line is checked; the operator's own witness counts for nothing.
  const policy = [
    ...keysFor('anchor').map((vkey) => `log ${vkey}`),
    ...[`witness own ${vkeys[0] ?? ''}`, `witness mine ${vkeys[1] ?? ''}`, 'quorum mine'],
  ];
  await writeFile(policyFile, `${policy.join('\n')}\n`);
  const [logKey = ''] = keysFor('tenant-logs');
  return { dir, system, tenants, logKey, policyFile, http, stop: () => system.stop() };
}

const PROFILES = 3;
const ACCESSES = 9;
/** Entries of a turn: two of them fill a tile. */
const PER_TURN = PROFILES + ACCESSES;

/** Entries with opened fields and without. */
async function write(http: HttpClient, tenant: string, turn: number): Promise<void> {
  for (let n = 0; n < PROFILES; n++)
    await must(http, 'PATCH', `/v1/tenants/${tenant}`, { legalName: `Turn ${turn}, ${n} Ltd` });
  const lines = Array.from({ length: ACCESSES }, () => accessLine(tenant));
  const verdicts = await http.records(lines);
  if (verdicts.some(({ verdict }) => verdict !== 'accepted')) throw new Error('a record was not accepted');
}

async function checkpoint(http: HttpClient, tenant: string): Promise<string> {
  const { status, body } = await http.send('GET', `/v1/tenants/${tenant}/log/checkpoint`);
  if (status !== 200) throw new Error(`the checkpoint was answered with ${status}`);
  return String(body['text']);
}

/** Until the last of so many entries is witnessed. */
async function anchored(http: HttpClient, tenant: string, size: number): Promise<void> {
  const state = `/v1/tenants/${tenant}/log/entries/${size - 1}/state`;
  await until('everything written is witnessed', 60_000, async () => {
    const { body } = await http.send('GET', state);
    return body['state'] === 'witnessed';
  });
}

async function tenantOf(system: System, id: string, kept: string): Promise<Tenant> {
  const lines = parseLines(await exportOf(system, id));
  const { origin, slot, size } = lines[0] as unknown as Omit<Tenant, 'id' | 'lines' | 'kept'>;
  return { id, origin, slot, size, lines, kept };
}

/** What the operator's API answers to somebody who asks for a whole export. @throws Refused */
export async function exportOf({ url, key }: System, tenant: string): Promise<string> {
  try {
    const answer = await fetch(new URL(`/v1/tenants/${tenant}/export`, url), {
      headers: { authorization: `Bearer ${key}` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refused(`${answer.status} ${text}`);
    return text;
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused('the answer broke off', { cause: error });
  }
}

/** The operator's own system did not give an export. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
