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
