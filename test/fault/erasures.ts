import { HttpClient } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';
import type { Writer } from './workload.ts';

/** Processes that were killed have not said that they forgot: they are waited out, 95 seconds after the vault did. */
const LONGEST_MS = 240_000;

/**
 * Waits until every erasure that was confirmed has its receipt, and looks whether it tells of one order and one key, and
 * nothing of the person opens any more.
 * @returns what is wrong, in words
 */
export async function unfinished(system: System, writers: readonly Writer[]): Promise<readonly string[]> {
  const http = new HttpClient(system);
  const giveUp = Date.now() + LONGEST_MS;
  const faults: string[] = [];
  for (const { tenant, erasures } of writers)
    for (const [erasure, user] of erasures) {
      const path = `/v1/tenants/${tenant}/erasures/${erasure}`;
      const read = async (): Promise<Readonly<Record<string, unknown>>> =>
        (await http.send('GET', path).catch(() => undefined))?.body ?? {};
      let found = await read();
      while (found['status'] !== 'complete' && Date.now() < giveUp) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        found = await read();
      }
      const receipt = (found['receipt'] ?? {}) as Readonly<Record<string, unknown>>;
      const [orders, keys] = [(receipt['orders'] ?? []) as readonly string[], receipt['keys']];
      if (orders.length !== 1 || keys !== 1 || receipt['entries'] !== 1)
        faults.push(`tenant ${tenant}: ${erasure} is ${String(found['status'])}: ${JSON.stringify(receipt)}`);
      const search = new URLSearchParams({ target: user, limit: '10' });
      const { body } = await http.send('GET', `/v1/tenants/${tenant}/audit-log?${search.toString()}`);
      const [invited] = body['entries'] as readonly { readonly body: Readonly<Record<string, unknown>> }[];
      if (JSON.stringify(invited?.body['address']).includes('"state":"erased"')) continue;
      faults.push(`tenant ${tenant}: the address of ${user} is ${JSON.stringify(invited?.body['address'])}`);
    }
  return faults;
}
