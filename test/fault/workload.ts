import { randomUUID } from 'node:crypto';
import { HttpClient, type Answer } from '../harness/http-client.ts';

/** How many entries of each type the acknowledgements say are in a tenant's log. */
export type Acknowledged = Map<string, number>;

/** One tenant that is written to until told to stop, and what it was promised. */
export interface Writer {
  readonly tenant: string;
  readonly acknowledged: Acknowledged;
  /** How often a request had to be sent again. */
  retries: number;
  /** Erasures that two people wanted, and whose each is. */
  readonly erasures: Map<string, string>;
}

const FIVE_SECONDS = 5_000;
const later = (ms: number): string => new Date(Date.now() + ms).toISOString();
const isAcknowledged = (answer: Answer): boolean => answer.status >= 200 && answer.status < 300;

/**
 * Registers a tenant and writes to it until the signal aborts. A request whose answer is lost, or is a 503, is sent again as it
 * was until it is acknowledged: so every request counts exactly once, or Candor has a fault.
 * @throws Error when a request is refused: none of these may be
 */
export async function write(
  system: { readonly url: string; readonly key: string },
  signal: AbortSignal,
  withErasures = false,
): Promise<Writer> {
  const http = new HttpClient(system);
  const acknowledged: Acknowledged = new Map();
  const writer: Writer = { tenant: '', acknowledged, retries: 0, erasures: new Map() };

  const count = (type: string, by = 1): void => {
    acknowledged.set(type, (acknowledged.get(type) ?? 0) + by);
  };
  const command = async (
    method: 'POST' | 'PATCH',
    path: string,
    body: unknown,
    person?: string,
  ): Promise<Answer> => {
    const headers = {
      'idempotency-key': randomUUID(),
      ...(person === undefined ? {} : { 'candor-on-behalf-of': person }),
    };
    for (;;) {
      const answer = await http.send(method, path, { body, headers }).catch(() => undefined);
      if (answer !== undefined && isAcknowledged(answer)) return answer;
      if (answer !== undefined && answer.status !== 503) {
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      }
      writer.retries += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  const registered = await command('POST', '/v1/tenants', {
    legalName: 'Fault Ltd',
    registerNumber: null,
    country: 'IE',
    role: 'controller',
    dataRegion: 'eu',
    breachContact: null,
  });
  const tenant = String(registered.body['tenant']);
  count('tenant.registered');

  const acts: readonly (() => Promise<void>)[] = [
    async () => {
      const path = `/v1/tenants/${tenant}/members`;
      const invited = await command('POST', path, {
        address: `m-${randomUUID()}@example.com`,
        name: null,
        role: 'member',
      });
      count('tenant.member-invited');
      await command('PATCH', `${path}/${String(invited.body['user'])}`, { role: 'admin' });
      count('tenant.member-role-changed');
    },
    async () => {
      const granted = await command('POST', `/v1/tenants/${tenant}/grants`, {
        grantee: { kind: 'employee', id: randomUUID(), name: null },
        level: 'view-metadata',
        scope: { kind: 'account', id: null },
        until: later(3_600_000),
        reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: null },
      });
      for (const step of ['requested', 'approved', 'activated']) count(`access.grant-${step}`);
      await command('POST', `/v1/tenants/${tenant}/grants/${String(granted.body['grant'])}/revocation`, {});
      count('access.grant-revoked');
    },
    async () => {
      count('access.data-accessed', await recordsUntilKnown(http, writer, signal, accessLines(tenant, 25)));
    },
  ];

  const [asker, second] = [randomUUID(), randomUUID()];
  const erase = async (): Promise<void> => {
    const path = `/v1/tenants/${tenant}`;
    const body = { address: `gone-${randomUUID()}@example.com`, name: null, role: 'member' };
    const user = String((await command('POST', `${path}/members`, body)).body['user']);
    count('tenant.member-invited');
    const request = { subjects: [user], askedBy: 'data-subject', ground: 'objection' };
    const wanted = await command('POST', `${path}/erasures`, request, asker);
    count('log.erasure-requested');
    const erasure = String(wanted.body['erasure']);
    await command('POST', `${path}/erasures/${erasure}/confirmation`, {}, second);
    count('log.erasure-confirmed');
    writer.erasures.set(erasure, user);
    for (const step of ['log.erasure-ordered', 'log.key-erased']) count(step);
  };

  const all = withErasures ? [...acts, erase] : acts;
  for (let n = 0; !signal.aborted; n++) await all[n % all.length]?.();
  return { ...writer, tenant };
}

/** Sends the same lines until each is known to be stored once: accepted now, or a duplicate of an earlier try. */
async function recordsUntilKnown(
  http: HttpClient,
  writer: Writer,
  signal: AbortSignal,
  lines: readonly unknown[],
): Promise<number> {
  const giveUp = Date.now() + 60_000;
  for (;;) {
    const verdicts = await http.records(lines).catch(() => []);
    const known = verdicts.filter(({ verdict }) => verdict === 'accepted' || verdict === 'duplicate').length;
    if (known === lines.length) return known;
    const refused = verdicts.find(
      ({ code }) => code !== undefined && !(typeof code === 'string' && code.endsWith('.unavailable')),
    );
    if (refused !== undefined) throw new Error(`a record was refused: ${JSON.stringify(refused)}`);
    if (Date.now() > giveUp)
      throw new Error(`records are not taken, and ${signal.aborted ? '' : 'not '}stopping`);
    writer.retries += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function accessLines(tenant: string, count: number): readonly unknown[] {
  return Array.from({ length: count }, () => ({
    tenant,
    type: 'access.data-accessed',
    recordKey: randomUUID(),
    key: 'access',
    occurredAt: later(-FIVE_SECONDS),
    actor: { kind: 'service', id: '00000000-0000-4000-8000-000000000001', name: null },
    authorization: { permission: 'mail.sync', grant: null },
    outcome: 'success',
    resource: { kind: 'mailbox', id: randomUUID() },
    user: null,
    operation: 'list',
    level: 'view-metadata',
    purpose: 'sync',
    categories: ['message-metadata'],
    records: 1,
  }));
}
