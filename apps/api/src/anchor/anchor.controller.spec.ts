import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { testApp, type TestApp } from '../spec-kit/app.js';
import type { AnchorFiles } from './anchor-files.js';

const slots = randomBytes(1024 * 32);
const asked: unknown[] = [];

/** Three hundred epochs published, one more recorded. */
const files: AnchorFiles = {
  published: () => Promise.resolve({ epoch: 299, note: 'the note\n' }),
  hashes: (tile) => {
    asked.push(tile);
    return Promise.resolve(Buffer.alloc(tile.width * 32, 1));
  },
  entries: (tile) => {
    asked.push(tile);
    return Promise.resolve(Buffer.from('entries'));
  },
  slots: () => Promise.resolve(slots),
  noteOf: (epoch) => Promise.resolve(epoch === 7 ? 'note 7\n' : undefined),
};

let it: TestApp;
beforeAll(async () => {
  it = await testApp({ anchor: files });
});
afterAll(() => it.app.close());

const get = (path: string) =>
  it.send({ method: 'GET', url: `/v1/anchor/${path}`, headers: { authorization: undefined } });

test('anyone reads the newest checkpoint, for now', async () => {
  const { status, text, headers } = await get('checkpoint');
  expect([status, text]).toEqual([200, 'the note\n']);
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'public, max-age=5',
  });
});

test('tiles that the published log has are served for ever, full and partial', async () => {
  for (const [path, tile] of [
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/001.p/44', { level: 0, index: 1, width: 44 }],
    ['tile/0/001.p/3', { level: 0, index: 1, width: 3 }],
    ['tile/1/000.p/1', { level: 1, index: 0, width: 1 }],
    ['tile/entries/001.p/44', { level: 'entries', index: 1, width: 44 }],
  ] as const) {
    const { status, headers } = await get(path);
    expect([path, status, asked.at(-1)]).toEqual([path, 200, tile]);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
    });
  }
});

test('nothing is served that is not published, and no path that is not a tile’s', async () => {
  const before = asked.length;
  for (const path of [
    'tile/0/001',
    'tile/0/001.p/45',
    'tile/0/002.p/1',
    'tile/1/000.p/2',
    'tile/2/000.p/1',
    'tile/7/000',
    'tile/entries/001',
    'tile/entries/001.p/45',
    'tile/0/1',
    'tile/0/x001/000x',
    'tile/0',
    'tile/0/000.p/0',
    'epochs/300/slots',
    'epochs/8/checkpoint',
    'epochs/-1/slots',
    'epochs/01/slots',
    'epochs/1e2/slots',
    'epochs/99999999999999999999/checkpoint',
  ]) {
    const { status, json } = await get(path);
    expect([path, status, json['code']]).toEqual([path, 404, 'anchor.unknown']);
  }
  expect(asked).toHaveLength(before);
});

test('an epoch’s slots and its first checkpoint are public', async () => {
  expect((await get('epochs/299/slots')).status).toBe(200);
  expect((await get('epochs/7/checkpoint')).text).toBe('note 7\n');
});

test('whoever has a file already is told so', async () => {
  const paths = [
    'checkpoint',
    'tile/0/000',
    'tile/entries/001.p/44',
    'epochs/299/slots',
    'epochs/7/checkpoint',
  ];
  for (const path of paths) {
    const first = await get(path);
    const tag = String(first.headers['etag']);
    expect(tag).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    const ask = (header: string) =>
      it.send({
        method: 'GET',
        url: `/v1/anchor/${path}`,
        headers: { authorization: undefined, 'if-none-match': header },
      });
    for (const header of [tag, `"other", W/${tag}`, '*']) {
      const again = await ask(header);
      expect([path, again.status, again.text, again.headers['etag']]).toEqual([path, 304, '', tag]);
      expect(again.headers['cache-control']).toBe(first.headers['cache-control']);
    }
    expect((await ask('"other"')).status).toBe(200);
  }
});

test('what is refused is kept by nobody', async () => {
  const { headers } = await get('epochs/300/slots');
  expect([headers['cache-control'], headers['etag']]).toEqual(['no-store', undefined]);
});

test('before the first quorum nothing is there', async () => {
  const empty = await testApp();
  for (const path of ['checkpoint', 'tile/0/000.p/1', 'tile/entries/000.p/1', 'epochs/0/slots']) {
    const { status } = await empty.send({ method: 'GET', url: `/v1/anchor/${path}` });
    expect([path, status]).toEqual([path, 404]);
  }
  await empty.app.close();
});
