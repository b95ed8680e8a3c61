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

test('a log’s name is read once, and its successor looked for once a minute', async () => {
  await directory.requireNamed(tenant);
  const before = await directory.originOf(tenant);
  expect(reads).toEqual(['tenant-', 'tenant-', 'succession-']);
  for (let n = 0; n < 50; n++) {
    await directory.requireNamed(tenant);
    expect(await directory.originOf(tenant)).toBe(before);
  }
  expect(reads).toHaveLength(3);
  const previous = `${before}\n5\n${b64(Buffer.alloc(32, 5))}\n`;
  const body = { slot: 3, operator: 'candor.example', previous, cause: 'damaged' };
  await story.happens(tenant, `succession-${tenant}`, { type: 'log.succeeded', body });
  story.now += 61_000;
  await directory.requireNamed(tenant);
  expect(reads.slice(3)).toEqual(['succession-']);
  const after = await directory.originOf(tenant);
  expect([after === before, after.startsWith('candor.example/t/3-')]).toEqual([false, true]);
});

test('what is no tenant has no name, the platform’s log too', async () => {
  for (const id of [randomUUID(), await story.vault.platformLog()])
    await expect(directory.requireNamed(id)).rejects.toMatchObject({ code: 'tenant.unknown' });
});
