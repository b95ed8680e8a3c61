import { randomInt, randomUUID } from 'node:crypto';
import type { CandorClient } from './candor-client.js';
import { importMailLog } from './mail-log.js';
import { describeEntry, type AuditEntry } from './words.js';

interface AuditLogPage {
  readonly entries: readonly AuditEntry[];
  readonly size: number;
}

const MINUTE = 60_000;
const at = (offsetMs: number): string => new Date(Date.now() + offsetMs).toISOString();
const say = (line = ''): void => {
  console.log(line);
};
const step = (title: string): void => {
  say(`\n${title}`);
};

/** Sam works in the operator's support; the id is the operator's own for its employees. */
const SAM = { kind: 'employee', id: randomUUID(), name: 'Sam Okoro' };

/**
 * Registers a tenant, invites people, grants support access, records accesses inside and outside the grant, imports a mail log,
 * shows the audit log with what it flagged, revokes, and shows that the next access is flagged.
 */
export async function tellStory(candor: CandorClient, url: string): Promise<void> {
  step('1. Harbour Books signs up.');
  const registered = await candor.write<{ tenant: string }>('POST', '/v1/tenants', {
    legalName: 'Harbour Books Ltd',
    // Another one each time the story is told: no two tenants have one.
    registerNumber: `HRB ${randomInt(10 ** 9)}`,
    country: 'IE',
    role: 'controller',
    dataRegion: 'eu',
    breachContact: 'privacy@harbour-books.example',
  });
  const tenant = `/v1/tenants/${registered.body.tenant}`;
  say(`   Its log begins with entry 0. Tenant ${registered.body.tenant}.`);

  step('2. Its people are invited.');
  const mara = await invite(candor, tenant, 'mara@harbour-books.example', 'Mara Lindqvist', 'owner');
  const jon = await invite(candor, tenant, 'jon@harbour-books.example', 'Jon Abara', 'member');
  await candor.write('PATCH', `${tenant}/members/${jon}`, { role: 'admin' });
  say('   Mara is owner. Jon came as member and is now admin.');

  step("3. Jon's mailbox does not sync. Mara lets Sam of support look at it, for one hour.");
  const mailbox = { kind: 'mailbox', id: randomUUID() };
  const grant = await candor.write<{ grant: string; events: readonly { receipt: string }[] }>(
    'POST',
    `${tenant}/grants`,
    {
      grantee: SAM,
      level: 'view-metadata',
      scope: mailbox,
      until: at(60 * MINUTE),
      statement: 'Find out why new mail does not show up.',
      reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'SUP-1042' },
    },
    mara,
  );
  say(`   Grant ${grant.body.grant}: view-metadata on that mailbox, nothing else.`);
  const receipt = grant.body.events[0]?.receipt ?? '';
  say(`   Mara keeps the signed receipt ${receipt.slice(0, 24)}… (${receipt.length} characters):`);
  say('   should the entry ever be left out of her log, it proves that.');

  const access = async (
    resource: typeof mailbox,
    level: string,
    operation: string,
    purposeText: string,
    withGrant: boolean,
  ): Promise<void> => {
    await candor.write('POST', `${tenant}/accesses`, {
      type: 'access.data-accessed',
      recordKey: randomUUID(),
      key: 'access',
      occurredAt: at(0),
      actor: SAM,
      authorization: { grant: withGrant ? grant.body.grant : null },
      reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'SUP-1042' },
      outcome: 'success',
      resource,
      user: jon,
      operation,
      level,
      purpose: 'support',
      purposeText,
      categories: [level === 'view-content' ? 'message-content' : 'message-metadata'],
      records: 12,
    });
  };

  step('4. Sam works under the grant, and then goes further than it allows.');
  await access(mailbox, 'view-metadata', 'list', 'Listed the newest messages', true);
  await access(mailbox, 'view-content', 'read', 'Opened a message', true);
  await access(
    { kind: 'mailbox', id: randomUUID() },
    'view-metadata',
    'list',
    'Looked into another mailbox',
    true,
  );
  say('   Three accesses recorded. None is dropped; what no grant covers will be flagged.');

  step("5. The mail server's log is imported.");
  say(indent(await importMailLog(url, registered.body.tenant)));

  step('6. What Mara reads in her audit log:');
  await showAccesses(candor, tenant, 2);

  step('7. Mara revokes the grant. Sam tries once more.');
  const revoked = await candor.write<{ lastUseBy: string }>(
    'POST',
    `${tenant}/grants/${grant.body.grant}/revocation`,
    { reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'SUP-1042' } },
    mara,
  );
  say(`   Revoked; a permit given before can be used until ${revoked.body.lastUseBy} at the latest.`);
  await access(mailbox, 'view-metadata', 'list', 'Listed the newest messages again', true);

  step('8. What Mara reads now:');
  await showAccesses(candor, tenant, 3);

  step('9. And who has read it:');
  const readings = await candor.read<AuditLogPage>(`${tenant}/audit-log`, {
    action: 'log.queried',
    limit: '3',
  });
  for (const entry of readings.entries) say(`   ${describeEntry(entry)}`);
  say(`\nThe log of Harbour Books holds ${readings.size} entries. See them all:`);
  say(`  curl -s -H "authorization: Bearer $CANDOR_API_KEY" '${url}${tenant}/audit-log?limit=20'`);
}

async function invite(
  candor: CandorClient,
  tenant: string,
  address: string,
  name: string,
  role: string,
): Promise<string> {
  const invited = await candor.write<{ user: string }>('POST', `${tenant}/members`, { address, name, role });
  return invited.body.user;
}

/** Shows the accesses, once as many are flagged as the story expects: flags come from a reactor, a moment after the access. */
async function showAccesses(candor: CandorClient, tenant: string, flagged: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const page = await candor.read<AuditLogPage>(`${tenant}/audit-log`, {
      action: 'access.data-accessed',
      order: 'oldest',
      limit: '20',
    });
    if (page.entries.filter((entry) => entry.flagged !== null).length >= flagged) {
      for (const entry of page.entries) say(`   ${describeEntry(entry)}`);
      return;
    }
    if (Date.now() > deadline)
      throw new Error(`the audit log did not show ${flagged} flagged accesses within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const indent = (text: string): string => text.trimEnd().replaceAll(/^/gm, '   ');
