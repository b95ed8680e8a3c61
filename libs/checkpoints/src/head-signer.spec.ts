import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64 } from '@candor/crypto';
import { openCheckpoint, verifierFor } from '@candor/crypto/tlog';
import { Story } from '@candor/testing';
import { HeadSigner, type PlacedHead } from './head-signer.js';
import { LogBehind } from './log-behind.js';
import { LogKey } from './log-key.js';
import { originsOf } from './log-origins.js';

let key: LogKey;
let story: Story;
let log: string;
let alarms: PlacedHead[];
let reads: number;
beforeAll(async () => {
  key = await LogKey.fromSeed(Buffer.alloc(32, 1));
});
beforeEach(async () => {
  story = new Story();
  alarms = [];
  reads = 0;
  log = await registered(3);
});

async function registered(slot: number): Promise<string> {
  const tenant = await story.open(randomUUID());
  await story.happens(tenant, `tenant-${tenant}`, {
    type: 'tenant.registered',
    body: {
      slot,
      operator: 'candor.example',
      legalName: 'Beispiel GmbH',
      registerNumber: null,
      country: 'DE',
      role: 'controller',
      dataRegion: 'eu',
      breachContact: null,
    },
  });
  return tenant;
}

async function recorded(of: string, size: number, succession = 0): Promise<PlacedHead> {
  const root = Buffer.alloc(32, size);
  const body = { size, root: b64(root) };
  const stream = succession === 0 ? `log-${of}` : `log-${of}-${succession}`;
  const eventId = await story.happens(null, stream, { type: 'log.checkpoint-recorded', body });
  return { log: of, succession, size, root, place: { position: await story.end(), eventId } };
}

const signer = () =>
  new HeadSigner(
    {
      readAll: (options) => {
        reads++;
        return story.log.readAll(options);
      },
      readStream: story.log.readStream.bind(story.log),
    },
    key,
    (head) => alarms.push(head),
  );
const originOf = async (of: string) => (await originsOf(story.log, of)).at(-1) ?? '';

test('a recorded head is signed, and looked for once', async () => {
  const head = await recorded(log, 5);
  const origin = await originOf(log);
  const signs = signer();
  const note = await signs.note(origin, head);
  const verifier = await verifierFor(key.signer(origin).key);
  if (verifier === undefined) throw new Error('no Ed25519');
  expect((await openCheckpoint(note, origin, [verifier])).checkpoint).toMatchObject({ size: 5 });
  expect(await signs.note(origin, head)).toBe(note);
  expect(reads).toBe(1);
});

test('what a view made up is not signed, and told', async () => {
  const head = await recorded(log, 5);
  const other = await recorded(await registered(4), 7);
  const origin = await originOf(log);
  const signs = signer();
  await signs.note(origin, head);
  const { position, eventId } = head.place;
  const wrong: readonly (readonly [string, PlacedHead])[] = [
    [origin, { ...head, size: 6 }],
    [origin, { ...head, root: Buffer.alloc(32, 6) }],
    [origin, { ...head, log: other.log }],
    [origin, { ...head, size: 6, place: { position: position + 1n, eventId } }],
    [origin, { ...head, size: 6, place: { position, eventId: randomUUID() } }],
    [origin, other],
    [await originOf(other.log), head],
    [origin, { ...other, log }],
  ];
  for (const [name, forged] of wrong) await expect(signs.note(name, forged)).rejects.toThrow(LogBehind);
  expect(alarms).toHaveLength(wrong.length);
});

test('a log is called by its first entry, and by the successor’s once there is one', async () => {
  const [before, ...more] = await originsOf(story.log, log);
  expect([before?.startsWith('candor.example/t/3-'), more]).toEqual([true, []]);
  const previous = `${before ?? ''}\n5\n${b64(Buffer.alloc(32, 5))}\n`;
  const body = { slot: 3, operator: 'candor.example', previous, cause: 'damaged' };
  await story.happens(log, `succession-${log}`, { type: 'log.succeeded', body });
  const origins = await originsOf(story.log, log);
  expect([origins.length, origins[0]]).toEqual([2, before]);
  // Each origin's heads under its own name, and no other.
  const [old, head] = [await recorded(log, 5), await recorded(log, 1, 1)];
  const [first = '', second = ''] = origins;
  expect((await signer().note(second, head)).startsWith(`${second}\n1\n`)).toBe(true);
  expect((await signer().note(first, old)).startsWith(`${first}\n5\n`)).toBe(true);
  const wrong = [
    [first, head],
    [second, old],
    [second, { ...old, succession: 1 }],
    [first, { ...head, succession: 0 }],
  ] as const;
  for (const [name, one] of wrong) await expect(signer().note(name, one)).rejects.toThrow(LogBehind);
  expect(await originsOf(story.log, randomUUID())).toEqual([]);
});
