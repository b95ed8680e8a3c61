import { EventStoreDBClient, START } from '@eventstore/db-client';
import { HttpClient } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';
import type { Writer } from './workload.ts';

interface Listed {
  readonly index: number;
  readonly id: string;
  readonly type: string;
}

/** Entries that Candor adds by itself: readings, and what reactors find. */
const OF_ITS_OWN = new Set(['log.queried', 'access.uncovered-detected', 'access.grant-expired']);

/**
 * Every acknowledged write is in the event store exactly once, and the audit log lists exactly the store's entries, in the
 * store's order, without a gap.
 * @returns what is wrong, in words; empty when all holds
 */
export async function findFaults(system: System, writers: readonly Writer[]): Promise<readonly string[]> {
  const stored = await storedByLog(system.eventStoreUrl);
  const faults: string[] = [];
  for (const { tenant, acknowledged } of writers) {
    const entries = stored.get(tenant) ?? [];
    faults.push(...countFaults(tenant, entries, acknowledged), ...repeatedCommands(tenant, entries));
    const listed = await listAuditLog(system, tenant, entries.length);
    const gap = listed.findIndex(({ index }, place) => index !== place);
    if (gap >= 0) faults.push(`tenant ${tenant}: index ${gap} of the audit log is missing or repeated`);
    for (const [place, { id }] of entries.entries()) {
      if (listed[place]?.id !== id) {
        faults.push(`tenant ${tenant}: the audit log differs from the store at ${place}`);
        break;
      }
    }
  }
  return faults;
}

interface StoredEntry {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly command: string;
}

async function storedByLog(url: string): Promise<ReadonlyMap<string, readonly StoredEntry[]>> {
  const client = EventStoreDBClient.connectionString(url);
  const logs = new Map<string, StoredEntry[]>();
  for await (const { event } of client.readAll({ fromPosition: START })) {
    if (event === undefined || event.type.startsWith('$')) continue;
    const entry = JSON.parse(Buffer.from(event.data as Uint8Array).toString('utf8')) as {
      log: string | null;
    };
    const metadata = readMetadata(event.metadata);
    const log = logs.get(entry.log ?? '') ?? [];
    logs.set(entry.log ?? '', log);
    log.push({ id: event.id, type: event.type, stream: event.streamId, command: metadata['command'] ?? '' });
  }
  await client.dispose();
  return logs;
}

function readMetadata(metadata: unknown): Readonly<Record<string, string>> {
  if (metadata instanceof Uint8Array)
    return JSON.parse(Buffer.from(metadata).toString('utf8')) as Record<string, string>;
  return (metadata ?? {}) as Record<string, string>;
}

function countFaults(
  tenant: string,
  entries: readonly StoredEntry[],
  acknowledged: Writer['acknowledged'],
): string[] {
  const found = new Map<string, number>();
  for (const { type } of entries) if (!OF_ITS_OWN.has(type)) found.set(type, (found.get(type) ?? 0) + 1);
  return [...new Set([...acknowledged.keys(), ...found.keys()])]
    .filter((type) => acknowledged.get(type) !== found.get(type))
    .map(
      (type) =>
        `tenant ${tenant}: ${acknowledged.get(type) ?? 0} of ${type} were acknowledged, ${found.get(type) ?? 0} are stored`,
    );
}

/** A command writes to a stream in one append: its events are neighbours there, so a second run would show as a second group. */
function repeatedCommands(tenant: string, entries: readonly StoredEntry[]): string[] {
  const done = new Set<string>();
  const last = new Map<string, string>();
  const faults: string[] = [];
  for (const { stream, command } of entries) {
    const key = `${stream} ${command}`;
    if (last.get(stream) !== key && done.has(key))
      faults.push(`tenant ${tenant}: a command ran twice on ${stream}`);
    done.add(key);
    last.set(stream, key);
  }
  return faults;
}

/** The whole audit log as the API lists it; waits until it holds at least as much as the store. */
async function listAuditLog(system: System, tenant: string, atLeast: number): Promise<readonly Listed[]> {
  const http = new HttpClient(system);
  const giveUp = Date.now() + 60_000;
  for (;;) {
    const listed: Listed[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const search = new URLSearchParams({
        order: 'oldest',
        limit: '1000',
        ...(cursor === '' ? {} : { cursor }),
      });
      const { status, body } = await http.send('GET', `/v1/tenants/${tenant}/audit-log?${search.toString()}`);
      if (status !== 200) break;
      listed.push(...(body['entries'] as Listed[]));
      cursor = (body['next'] as string | null | undefined) ?? null;
    }
    if (listed.length >= atLeast) return listed;
    if (Date.now() > giveUp) return listed;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
