import { expect, test } from '@jest/globals';
import { checksumOf } from './checksum.js';
import type { RecordedEvent } from './event.js';

const event: RecordedEvent = {
  stream: 'account-é',
  revision: 2 ** 40 + 1,
  position: 2 ** 45 + 3,
  created: 1_700_000_000_123,
  id: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  type: 'account.changed',
  isJson: true,
  metadata: Buffer.from('{}'),
  data: Buffer.from('{"a":1}'),
};

/** Worked out by hand from the description, with another program: it is stored, and must stay as it is. */
const GOLDEN = 'b9ffef374722d7d47d3da592e6be39bccadf1b7ff589c66db9c5c4a0bfd78ffc';

test('is the stored format', () => {
  expect(checksumOf(event).toString('hex')).toBe(GOLDEN);
});

test.each<[string, Partial<RecordedEvent>]>([
  ['stream', { stream: 'account-e' }],
  ['revision', { revision: event.revision + 1 }],
  ['position', { position: event.position + 2 ** 33 }],
  ['created', { created: event.created + 1 }],
  ['id', { id: Buffer.alloc(16, 1) }],
  ['type', { type: 'account.change' }],
  ['isJson', { isJson: false }],
  ['metadata', { metadata: Buffer.from('{} ') }],
  ['data', { data: Buffer.from('{"a":2}') }],
  ['the border between metadata and data', { metadata: Buffer.from('{}{'), data: Buffer.from('"a":1}') }],
])('changes with %s', (_name, change) => {
  expect(checksumOf({ ...event, ...change }).equals(checksumOf(event))).toBe(false);
});
