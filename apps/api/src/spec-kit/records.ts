/** An access as a source reports it. */
export const anAccess = {
  type: 'access.data-accessed',
  recordKey: 'r-1',
  key: 'k-1',
  occurredAt: '2026-01-02T03:04:05.000Z',
  actor: { kind: 'employee', id: '55555555-5555-4555-8555-555555555555', name: 'Erika Beispiel' },
  outcome: 'success',
  resource: { kind: 'mailbox', id: '66666666-6666-4666-8666-666666666666' },
  operation: 'read',
  level: 'view-content',
  purpose: 'support',
  purposeText: 'a ticket asked for it',
  categories: ['message-content', 'contact'],
};

/** The acceptance of a message. */
export const anAcceptance = {
  type: 'delivery.accepted',
  recordKey: 'm-1',
  key: 'accepted',
  occurredAt: '2026-01-02T03:04:05.000Z',
  recipient: 'kunde@example.net',
  sender: 'absender@example.org',
};

/** Its end. */
export const aDelivery = {
  type: 'delivery.delivered',
  recordKey: 'm-1',
  key: 'delivered',
  occurredAt: '2026-01-02T03:04:09.000Z',
  recipient: 'kunde@example.net',
  status: '2.0.0',
};

const head = {
  recordKey: 'm-1',
  key: 'k-1',
  occurredAt: '2026-01-02T03:04:05Z',
  recipient: 'kunde@example.net',
};
const end = { ...head, attempt: 1, diagnostic: '250 2.0.0 ok' };
const id = '66666666-6666-4666-8666-666666666666';

/** A record of each type, with every field it may have. */
export const fullRecords = [
  {
    ...anAccess,
    actor: { ...anAccess.actor, onBehalfOf: id },
    source: { ip: '203.0.113.7', agent: 'agent', country: 'DE' },
    authorization: { permission: 'mail.read', grant: id },
    reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: '#1' },
    within: [{ kind: 'mailbox', id }],
    user: id,
    records: 1,
  },
  {
    ...anAcceptance,
    originalAddress: 'kunde',
    sourceMessageId: '1@example.org',
    bytes: 1,
    direction: 'outbound',
  },
  {
    ...head,
    type: 'delivery.attempted',
    attempt: 1,
    remoteMta: { host: 'mx.example.net', ip: '203.0.113.7', port: 25 },
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: 256, verification: 'verified' },
    reply: '250 ok',
    delayMs: 1,
  },
  {
    ...end,
    type: 'delivery.deferred',
    action: 'delayed',
    status: '4.0.0',
    retryUntil: '2026-01-02T03:04:05Z',
  },
  { ...end, type: 'delivery.delivered', action: 'delivered', status: '2.0.0' },
  { ...end, type: 'delivery.relayed', action: 'relayed', status: '2.0.0' },
  { ...end, type: 'delivery.failed', action: 'failed', status: '5.0.0', reason: 'mailbox' },
];
