import { expect, test } from '@jest/globals';
import { anAccess } from '../../spec-kit/records.js';
import { readRecord } from './read-line.js';

const { actor } = anAccess;
const text = 'ä'.repeat(512);
const full = {
  ...anAccess,
  actor: { ...actor, onBehalfOf: actor.id, name: text },
  source: { ip: '203.0.113.7', agent: text, country: 'DE' },
  authorization: { permission: 'mail.read', grant: actor.id },
  reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: text },
};

test('what may be missing around an access is null', () => {
  expect(readRecord({ ...anAccess, source: {}, authorization: {}, reason: {} })).toMatchObject({
    ok: true,
    line: {
      actor: { onBehalfOf: null },
      source: { ip: null, agent: null, country: null },
      authorization: { permission: null, grant: null },
      reason: { code: null, ticket: null },
    },
  });
  expect(readRecord(anAccess)).toMatchObject({ line: { source: null, authorization: null, reason: null } });
  expect(readRecord(full)).toMatchObject({ ok: true, line: full });
});

test.each([
  ['actor.name', { actor: { ...actor, name: `${text}ä` } }],
  ['actor.name', { actor: { ...actor, name: 'a\nb' } }],
  ['actor.kind', { actor: { ...actor, kind: 'root' } }],
  ['source.ip', { source: { ip: 'x'.repeat(65) } }],
  ['source.agent', { source: { agent: `${text}ä` } }],
  ['source.country', { source: { country: 'de' } }],
  ['authorization.permission', { authorization: { permission: 'mail read' } }],
  ['authorization.permission', { authorization: { permission: 'x'.repeat(65) } }],
  ['reason.code', { reason: { code: 'because she asked me to' } }],
  ['reason.code', { reason: { code: 'mara@boghandel.example' } }],
  ['reason.ticket', { reason: { ticket: '' } }],
  ['outcome', { outcome: 'maybe' }],
])('the entry around an access is refused as the domain refuses it: %s', (path, change) => {
  expect(readRecord({ ...full, ...change })).toMatchObject({
    ok: false,
    code: 'request.invalid',
    fields: [{ path }],
  });
});
