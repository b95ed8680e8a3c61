import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { succeedArguments } from './succeed-command.js';

const [log, person] = [randomUUID(), randomUUID()];

test('somebody looks, asks or approves', () => {
  expect(succeedArguments(['--log', log])).toEqual({ words: { kind: 'look', log }, files: [] });
  expect(succeedArguments(['--log', log, '--cause', 'damaged', '--as', person, 'a.ndjson'])).toEqual({
    words: { kind: 'request', log, person, cause: 'damaged' },
    files: ['a.ndjson'],
  });
  expect(succeedArguments(['--log', log, '--approve', '--as', person])).toEqual({
    words: { kind: 'approve', log, person },
    files: [],
  });
});

test.each([
  [[]],
  [['--log', 'x']],
  [['--log', log, '--approve']],
  [['--log', log, '--cause', 'restored']],
  [['--log', log, '--as', person]],
  [['--log', log, '--cause', 'key-compromised', '--as', person]],
  [['--log', log, '--cause', 'restored', '--as', 'mara']],
  [['--log', log, '--cause', 'restored', '--approve', '--as', person]],
  [['--log', log, '--other']],
])('what is no such command does nothing: %j', (args) => {
  expect(succeedArguments(args)).toBeUndefined();
});
