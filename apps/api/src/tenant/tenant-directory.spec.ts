import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { b64 } from '@candor/crypto';
import type { EventLog } from '@candor/event-store';
import { Story } from '@candor/testing';
import { TenantDirectory } from './tenant-directory.js';

let story: Story;
let tenant: string;
let reads: string[];
let directory: TenantDirectory;
beforeEach(async () => {
  story = new Story();
  tenant = await story.open(randomUUID());
  await story.happens(tenant, `tenant-${tenant}`, {
    type: 'tenant.registered',
    body: {
      slot: 3,
      operator: 'candor.example',
      legalName: 'Beispiel GmbH',
      registerNumber: null,
      country: 'DE',
      role: 'controller',
      dataRegion: 'eu',
      breachContact: null,
    },
  });
  reads = [];
  const log = Object.assign(Object.create(story.log) as EventLog, {
    readStream: (...args: Parameters<EventLog['readStream']>) => {
      reads.push(args[0].replace(tenant, ''));
      return story.log.readStream(...args);
    },
  });
  directory = new TenantDirectory(log, () => story.now);
});

async function succeeds(): Promise<{ readonly position: bigint; readonly recordedAt: string }> {
  const previous = `${await directory.originOf(tenant, await now())}\n5\n${b64(Buffer.alloc(32, 5))}\n`;
  const body = { slot: 3, operator: 'candor.example', previous, cause: 'damaged' } as const;
  story.now += 120_000;
  await story.happens(tenant, `succession-${tenant}`, { type: 'log.succeeded', body });
  return now();
}
const now = async () => ({
  position: await story.end(),
  recordedAt: new Date(story.now).toISOString(),
});
const later = async () => {
  const { position, recordedAt } = await now();
  return { position: position + 9n, recordedAt };
};

test('a log’s name is read once, and its successor looked for every few seconds', async () => {
  await directory.requireNamed(tenant);
  const before = await directory.originOf(tenant, await now());
  expect(reads).toEqual(['tenant-', 'tenant-', 'succession-']);
  for (let n = 0; n < 50; n++) {
    await directory.requireNamed(tenant);
    expect(await directory.originOf(tenant, await now())).toBe(before);
  }
  expect(reads).toHaveLength(3);
  await succeeds();
  await directory.requireNamed(tenant);
  expect(reads.slice(3)).toEqual(['succession-']);
  const after = await directory.originOf(tenant, await later());
  expect([after === before, after.startsWith('candor.example/t/3-')]).toEqual([false, true]);
});

test('a name that was read while writes were refused is not taken for that of what is written then', async () => {
  await directory.requireNamed(tenant);
  const before = await directory.originOf(tenant, await now());
  const at = story.now;
  await succeeds();
  story.now = at;
  directory.forgetNames();
  await directory.requireNamed(tenant);
  expect(reads.slice(3)).toEqual(['succession-']);
  story.now += 120_000;
  expect(await directory.originOf(tenant, await later())).not.toBe(before);
});

test('an entry keeps the name it was recorded under, also when it is asked for again after a succession', async () => {
  await directory.requireNamed(tenant);
  const old = await now();
  const before = await directory.originOf(tenant, old);
  await succeeds();
  await directory.requireNamed(tenant);
  expect(await directory.originOf(tenant, old)).toBe(before);
  // Told by the end of its stream, which went on.
  expect(await directory.originOf(tenant, { ...(await later()), recordedAt: old.recordedAt })).toBe(before);
  const fresh = await later();
  // Recorded by a process whose clock is a little behind.
  const slow = new Date(story.now - 30_000).toISOString();
  expect(await directory.originOf(tenant, { ...fresh, recordedAt: slow })).not.toBe(before);
});

test('what is no tenant has no name, the platform’s log too', async () => {
  for (const id of [randomUUID(), await story.vault.platformLog()])
    await expect(directory.requireNamed(id)).rejects.toMatchObject({ code: 'tenant.unknown' });
});
