import { randomUUID } from 'node:crypto';
import { HttpClient, type Answer } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';

/** Sends a command that must succeed. @throws Error with the refusal */
export async function must(
  http: HttpClient,
  method: 'POST' | 'PATCH',
  path: string,
  body: unknown,
): Promise<Answer> {
  const answer = await http.command(method, path, randomUUID(), body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Registers tenants; answers their ids. */
export async function registerTenants(system: System, count: number): Promise<readonly string[]> {
  const http = new HttpClient(system);
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { body } = await must(http, 'POST', '/v1/tenants', {
      legalName: `Load ${n} Ltd`,
      registerNumber: `LOAD ${randomUUID()}`,
      country: 'IE',
      role: 'controller',
      dataRegion: 'eu',
      breachContact: null,
    });
    ids.push(String(body['tenant']));
  }
  return ids;
}

/** An access as a service reports it; each is a stream of its own. */
export function accessLine(tenant: string): Readonly<Record<string, unknown>> {
  return {
    tenant,
    type: 'access.data-accessed',
    recordKey: randomUUID(),
    key: 'access',
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: '00000000-0000-4000-8000-000000000001', name: null },
    authorization: { permission: 'mail.sync', grant: null },
    outcome: 'success',
    resource: { kind: 'mailbox', id: randomUUID() },
    user: null,
    operation: 'list',
    level: 'view-metadata',
    purpose: 'sync',
    purposeText: 'Scheduled synchronisation',
    categories: ['message-metadata'],
    records: 1,
  };
}

/** Two lines of one delivery: accepted and delivered. Recipients recur, as they do in a mail log. */
export function deliveryLines(tenant: string, n: number): readonly Readonly<Record<string, unknown>>[] {
  const common = {
    tenant,
    recordKey: `mail.example.com/${randomUUID()}`,
    recipient: `person-${n % 2_000}@example.net`,
    occurredAt: new Date().toISOString(),
  };
  return [
    {
      ...common,
      type: 'delivery.accepted',
      key: 'accepted',
      sender: `sender-${n % 50}@example.com`,
      originalAddress: null,
      sourceMessageId: `${randomUUID()}@example.com`,
      bytes: 4_096,
      direction: 'outbound',
    },
    {
      ...common,
      type: 'delivery.delivered',
      key: 'delivered-1',
      attempt: 1,
      action: 'delivered',
      status: '2.0.0',
      diagnostic: '250 2.0.0 Ok: queued',
    },
  ];
}
