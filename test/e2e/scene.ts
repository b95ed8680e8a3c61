import { randomUUID } from 'node:crypto';
import type { Answer, HttpClient } from '../harness/http-client.ts';

/** Personal values used in the scenes, each of which must be found nowhere but in answers. */
export const PLAINTEXTS = {
  legalName: 'Quayside Translations Ltd',
  contact: 'breach@quayside.example',
  address: 'olga.brandt@quayside.example',
  name: 'Olga Brandt',
  employee: 'Tarek Haddad',
  statement: 'The calendar shows the wrong week',
  ticket: 'TICKET-77120',
  purpose: 'Compared two message lists',
  recipient: 'reader-8841@inbox.example',
  diagnostic: '550 5.1.1 no such reader-8841',
};

export const registration = {
  legalName: PLAINTEXTS.legalName,
  registerNumber: null,
  country: 'NL',
  role: 'controller',
  dataRegion: 'eu',
  breachContact: PLAINTEXTS.contact,
};

export const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

/** A command under a new idempotency key. */
export const post = (http: HttpClient, path: string, body: unknown): Promise<Answer> =>
  http.command('POST', path, randomUUID(), body);

/** An access by an employee without a grant. */
export function access(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    type: 'access.data-accessed',
    recordKey: randomUUID(),
    key: 'access',
    occurredAt: new Date().toISOString(),
    actor: { kind: 'employee', id: randomUUID(), name: PLAINTEXTS.employee },
    outcome: 'success',
    resource: { kind: 'mailbox', id: randomUUID() },
    operation: 'list',
    level: 'view-metadata',
    purpose: 'support',
    purposeText: PLAINTEXTS.purpose,
    categories: ['message-metadata'],
    records: 3,
    ...overrides,
  };
}

export interface Entry {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly flagged: { readonly missing: string } | null;
}

export interface Page {
  readonly entries: readonly Entry[];
  readonly next: string | null;
  readonly size: number;
}

/** A page of a tenant's audit log. @throws Error when it is refused */
export async function auditLog(
  http: HttpClient,
  tenant: string,
  search: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const path = `/v1/tenants/${tenant}/audit-log?${new URLSearchParams(search).toString()}`;
  const { status, body } = await http.send('GET', path);
  if (status !== 200) throw new Error(`the audit log answered ${status} ${JSON.stringify(body)}`);
  return body as unknown as Page;
}
