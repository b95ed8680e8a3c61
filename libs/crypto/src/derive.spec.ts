import { expect, test } from '@jest/globals';
import { readGolden } from '../../../test/golden/read-golden.js';
import {
  type Reaction,
  type RecordIdentity,
  type RequestIdentity,
  createdId,
  deriveId,
  reactionCommandId,
  recordCommandId,
  requestCommandId,
  sourceRecordId,
} from './derive.js';
import { fromHex, utf8 } from './encoding.js';
import { uuid8 } from './uuid.js';

interface Golden {
  readonly kId: string;
  readonly uuid8: readonly { x: string; uuid: string }[];
  readonly command: readonly (RequestIdentity & { id: string })[];
  readonly created: readonly { command: string; n: number; id: string }[];
  readonly source: readonly (RecordIdentity & { id: string })[];
  readonly record: readonly (RecordIdentity & { lineKey: string; id: string })[];
  readonly reaction: readonly (Reaction & { id: string })[];
}
const golden = readGolden('crypto-v1/derive.json') as Golden;
const kId = fromHex(golden.kId);

test.each(golden.uuid8)('uuid8 of $x', ({ x, uuid }) => {
  expect(uuid8(fromHex(x))).toBe(uuid);
});
test.each(golden.command)('command of a request', ({ id, ...request }) => {
  expect(requestCommandId(kId, request)).toBe(id);
});
test.each(golden.created)('what a command creates, $n', ({ command, n, id }) => {
  expect(createdId(kId, command, n)).toBe(id);
});
test.each(golden.source)('reported record of subject $subjectId', ({ id, ...record }) => {
  expect(sourceRecordId(kId, record)).toBe(id);
});
test.each(golden.record)('command of a line of subject $subjectId', ({ id, ...record }) => {
  expect(recordCommandId(kId, record)).toBe(id);
});
test.each(golden.reaction)('command of a reactor, $n', ({ id, ...reaction }) => {
  expect(reactionCommandId(kId, reaction)).toBe(id);
});

test('a key of another length and an x without 16 bytes are refused', () => {
  expect(() => deriveId(new Uint8Array(31), 'candor-created/v1\n', utf8('x'))).toThrow(
    expect.objectContaining({ code: 'length.wrong' }),
  );
  expect(() => uuid8(new Uint8Array(15))).toThrow(expect.objectContaining({ code: 'uuid.malformed' }));
});

test('a text that is not Unicode has no id, rather than the id of another text', () => {
  const request = { principal: 'user:x', route: 'GET /', idempotencyKey: '\ud800' };
  expect(() => requestCommandId(kId, request)).toThrow(expect.objectContaining({ code: 'jcs.text' }));
});
