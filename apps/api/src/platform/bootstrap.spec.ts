import { beforeEach, describe, expect, test } from '@jest/globals';
import { Codec, decodeEntry, type EventLog, Executor, MemoryLog } from '@candor/event-store';
import { MemoryVault } from '@candor/vault';
import { FaultyLog } from '../spec-kit/faulty-log.js';
import { bootstrapPlatform, type BootstrapParts } from './bootstrap.js';
import { InMemoryStoreMemory } from './store-memory.js';

const installer = '11111111-1111-4111-8111-111111111111';

let log: MemoryLog;
let vault: MemoryVault;
let memory: InMemoryStoreMemory;
beforeEach(() => {
  log = new MemoryLog();
  vault = new MemoryVault();
  memory = new InMemoryStoreMemory();
});

/** A process that starts; each has an executor of its own. */
const replica = (given: Partial<BootstrapParts> = {}): BootstrapParts => {
  const over = given.log ?? log;
  const keys = given.vault ?? vault;
  const executor = new Executor(over, new Codec(keys));
  return {
    log: over,
    vault: keys,
    executor,
    memory,
    operator: 'candor.localhost',
    installer,
    clock: Date.now,
    ...given,
  };
};

async function types(from: EventLog): Promise<string[]> {
  const found: string[] = [];
  for await (const stored of from.readAll()) found.push(decodeEntry(stored).json.type);
  return found;
}

const whole = ['platform.store-created', 'log.slot-assigned', 'platform.installed'];

test('the first event of a store says so, then the platform has a slot and its entry 0', async () => {
  const platform = await bootstrapPlatform(replica());
  expect(await types(log)).toEqual(whole);
  expect(platform.platformLog).toBe(await vault.platformLog());
});

test('K_slots is there before the first slot is claimed', async () => {
  const made: string[] = [];
  const secrets = vault.platformSecret.bind(vault);
  vault.platformSecret = async (name) => {
    for await (const { stream } of log.readAll()) if (stream.startsWith('slot-')) made.push('a slot');
    made.push(name);
    return secrets(name);
  };
  await bootstrapPlatform(replica());
  expect(made[0]).toBe('slots');
});

test('a second start changes nothing, and finds the same', async () => {
  const first = await bootstrapPlatform(replica());
  expect(await bootstrapPlatform(replica())).toEqual(first);
  expect(await types(log)).toEqual(whole);
});

test('replicas that start at once agree', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => bootstrapPlatform(replica())));
  expect(new Set(all.map(({ platformLog }) => platformLog)).size).toBe(1);
  expect(await types(log)).toEqual(whole);
});

describe('a start that was cut off', () => {
  test.each([
    ['store-', 'before'],
    ['store-', 'after'],
    ['slot-', 'before'],
    ['slot-', 'after'],
    ['platform-', 'before'],
    ['platform-', 'after'],
  ] as const)('at %s, %s it was stored, is completed by the next', async (prefix, moment) => {
    const dying = new FaultyLog(log);
    dying.diesAt = { prefix, moment };
    await expect(bootstrapPlatform(replica({ log: dying }))).rejects.toThrow('this process is dead');
    await bootstrapPlatform(replica());
    expect((await types(log)).sort()).toEqual([...whole].sort());
  });
});

describe('it refuses to start', () => {
  test('when the store is another than the one this database belongs to', async () => {
    await bootstrapPlatform(replica());
    const start = bootstrapPlatform(replica({ log: new MemoryLog() }));
    await expect(start).rejects.toThrow(/^the event store is empty, but this database belongs to store /);
    const other = new MemoryLog();
    await bootstrapPlatform(
      replica({ log: other, vault: new MemoryVault(), memory: new InMemoryStoreMemory() }),
    );
    await expect(bootstrapPlatform(replica({ log: other }))).rejects.toThrow(
      /^this database belongs to store /,
    );
  });

  test('when the store was installed with another vault', async () => {
    await bootstrapPlatform(replica());
    const start = bootstrapPlatform(replica({ vault: new MemoryVault(), memory: new InMemoryStoreMemory() }));
    await expect(start).rejects.toThrow(/^the event store was installed with another vault/);
  });

  test('under another operator’s name', async () => {
    await bootstrapPlatform(replica());
    await expect(bootstrapPlatform(replica({ operator: 'other.example' }))).rejects.toThrow(
      'this installation is candor.localhost for ever, but CANDOR_OPERATOR says other.example',
    );
  });
});

test('a slot that another log has is not taken from it', async () => {
  const first = await vault.reserveSlot(await vault.platformLog());
  const { SlotClaims } = await import('./slot-claims.js');
  const stranger = { ...replica(), vault: new MemoryVault() };
  const other = '99999999-9999-4999-8999-999999999999';
  await stranger.vault.platformLog();
  Object.assign(stranger.vault, { reserveSlot: () => Promise.resolve(first) });
  const at = new Date().toISOString();
  const context = {
    log: null,
    occurredAt: at,
    source: null,
    authorization: null,
    reason: null,
    outcome: 'success' as const,
    actor: { kind: 'service' as const, id: installer, onBehalfOf: null, name: null },
    correlation: installer,
  };
  const meta = { commandId: installer, at, deadline: Date.now() + 5000, context };
  expect(await new SlotClaims(stranger.vault, stranger.executor).claim(other, meta)).toBe(first);
  await bootstrapPlatform(replica());
  const installed = (await types(log)).filter((type) => type === 'log.slot-assigned');
  expect(installed).toHaveLength(2);
});
