import { expect, test } from '@jest/globals';
import { isDeleted, NO_METADATA, parseMetadata, withTruncateBefore } from './stream-metadata.js';

const parsed = (text: string): ReturnType<typeof parseMetadata> => parseMetadata(Buffer.from(text));

test('reads what limits a stream', () => {
  expect(parsed('{"$tb":5,"$maxCount":3,"$maxAge":60,"x":1}')).toEqual({
    truncateBefore: 5,
    maxCount: 3,
    maxAge: 60,
  });
});

test.each(['', 'nonsense', '[]', 'null', '7', '{"$tb":-1,"$maxCount":0,"$maxAge":0.5}', '{"$tb":"5"}'])(
  'takes %j for none',
  (text) => {
    expect(parsed(text)).toEqual(NO_METADATA);
  },
);

test('knows a deleted stream although its number is beyond the exact ones', () => {
  expect(isDeleted(parsed('{"$tb":9223372036854775807}'))).toBe(true);
  expect(isDeleted(parsed('{"$tb":9007199254740991}'))).toBe(false);
});

test('another truncation keeps every other key', () => {
  const changed = withTruncateBefore(Buffer.from('{"$tb":9223372036854775807,"$acl":{"$r":["a"]}}'), 7);
  expect(JSON.parse(Buffer.from(changed).toString())).toEqual({ $tb: 7, $acl: { $r: ['a'] } });
});
