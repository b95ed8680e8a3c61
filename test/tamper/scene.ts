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
  /** For the changes of its profile, in order. */
  readonly receipts: readonly string[];
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
  readonly receiptKey: string;
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
  // Epoch 0 is of a time before the tenants.
  await until('the first epoch is published', 120_000, async () => {
    return (await http.send('GET', '/v1/anchor/checkpoint')).status === 200;
  });
  const ids = (await registerTenants(system, 2)) as [string, string];
  const first = [await write(http, ids[0], 1), await write(http, ids[1], 1)] as const;
  for (const id of ids) await anchored(http, id, 1 + PER_TURN);
  const kept = [await checkpoint(http, ids[0]), await checkpoint(http, ids[1])] as const;
  const second = [await write(http, ids[0], 2), await write(http, ids[1], 2)] as const;
  for (const id of ids) await anchored(http, id, 1 + 2 * PER_TURN);
  await epochsBehind(http);
  await system.processes.projector.end('SIGTERM');
  const receipts = [
    [...first[0], ...second[0]],
    [...first[1], ...second[1]],
  ] as const;
  const tenants = [
    await tenantOf(system, ids[0], kept[0], receipts[0]),
    await tenantOf(system, ids[1], kept[1], receipts[1]),
  ] as const;
  const { body } = await http.send('GET', '/v1/log/keys');
  const keys = body['keys'] as readonly { readonly purpose: string; readonly vkey: string }[];
  const keysFor = (wanted: string) => keys.flatMap(({ purpose, vkey }) => (purpose === wanted ? [vkey] : []));
  const { vkeys = [] } = system.witnesses ?? {};
  const policyFile = join(dir, 'tenant-policy.txt');
  // Every key that signs is named, so that every line is checked; the operator's own witness counts for nothing.
  const policy = [
    ...keysFor('anchor').map((vkey) => `log ${vkey}`),
    `witness own ${vkeys[0] ?? ''}`,
    `witness mine ${vkeys[1] ?? ''}`,
    'quorum mine',
  ];
  await writeFile(policyFile, `${policy.join('\n')}\n`);
  const [logKey = ''] = keysFor('tenant-logs');
  const [receiptKey = ''] = keysFor('receipts');
  return { dir, system, tenants, logKey, receiptKey, policyFile, http, stop: () => system.stop() };
}

const PROFILES = 3;
const ACCESSES = 9;
/** Entries of a turn: two of them fill a tile. */
const PER_TURN = PROFILES + ACCESSES;

/** Entries with opened fields and without. @returns receipts for the first of them */
async function write(http: HttpClient, tenant: string, turn: number): Promise<readonly string[]> {
  const receipts: string[] = [];
  for (let n = 0; n < PROFILES; n++) {
    const { body } = await must(http, 'PATCH', `/v1/tenants/${tenant}`, {
      legalName: `Turn ${turn}, ${n} Ltd`,
    });
    receipts.push(...(body['events'] as readonly { receipt: string }[]).map(({ receipt }) => receipt));
  }
  const lines = Array.from({ length: ACCESSES }, () => accessLine(tenant));
  const verdicts = await http.records(lines);
  if (verdicts.some(({ verdict }) => verdict !== 'accepted')) throw new Error('a record was not accepted');
  return receipts;
}

async function checkpoint(http: HttpClient, tenant: string): Promise<string> {
  const { status, body } = await http.send('GET', `/v1/tenants/${tenant}/log/checkpoint`);
  if (status !== 200) throw new Error(`the checkpoint was answered with ${status}`);
  return String(body['text']);
}

/** Until the last of so many entries is witnessed. */
async function anchored(http: HttpClient, tenant: string, size: number): Promise<void> {
  const state = `/v1/tenants/${tenant}/log/entries/${size - 1}/state`;
  await until('everything written is witnessed', 120_000, async () => {
    const { body } = await http.send('GET', state);
    return body['state'] === 'witnessed';
  });
}

/** Until there are some epochs more than those that tenants' heads are in, so that there is a middle. */
async function epochsBehind(http: HttpClient): Promise<void> {
  await until('there are five epochs', 120_000, async () => {
    const { body } = await http.send('GET', '/v1/anchor/checkpoint');
    return Number(String(body['text']).split('\n')[1]) >= 5;
  });
}

async function tenantOf(
  system: System,
  id: string,
  kept: string,
  receipts: readonly string[],
): Promise<Tenant> {
  const lines = parseLines(await exportOf(system, id));
  const { origin, slot, size } = lines[0] as unknown as Omit<Tenant, 'id' | 'lines' | 'kept' | 'receipts'>;
  return { id, origin, slot, size, lines, kept, receipts };
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
