import { randomUUID } from 'node:crypto';
import { membersDecider, type MemberCommand } from '@candor/domain';
import { describe, expect, test } from '@jest/globals';
import { Codec } from '../codec/codec.js';
import { collect } from '../contract/contract-kit.js';
import { decodeEntry } from '../entry/decode-entry.js';
import { MemoryLog } from '../memory-log.js';
import { FakeVault } from '../spec-kit/fake-vault.js';
import { anInvitation } from '../spec-kit/samples.js';
import type { Execution } from './execution.js';
import { Executor } from './executor.js';

const newHouse = (): { log: MemoryLog; vault: FakeVault; codec: Codec; executor: Executor } => {
  const log = new MemoryLog();
  const vault = new FakeVault();
  const codec = new Codec(vault);
  return { log, vault, codec, executor: new Executor(log, codec) };
};

const deactivation = (invitation: Execution<MemberCommand>): Execution<MemberCommand> => ({
  ...invitation,
  commandId: randomUUID(),
  command: { kind: 'deactivate-member', at: invitation.command.at, user: invitation.command.user },
});

describe('execute', () => {
  test('stores what was decided, and answers with it and its position', async () => {
    const { log, codec, executor } = newHouse();
    const tenant = randomUUID();
    const execution = anInvitation(tenant, { role: 'owner' });
    const result = await executor.execute(membersDecider, execution);
    if (!result.ok) throw new Error(result.rejection.code);
    const stored = await collect(log.readStream(execution.stream));
    expect(result.position).toBe(stored[0]?.position);
    expect(result.repeated).toBe(false);
    expect(await codec.open(stored.map(decodeEntry), 'verified')).toEqual(result.events);
    expect(result.events[0]?.command).toBe(execution.commandId);
  });

  test('answers a repeat from what is stored, also in another process', async () => {
    const { log, codec, executor } = newHouse();
    const execution = anInvitation(randomUUID(), { role: 'owner' });
    const first = await executor.execute(membersDecider, execution);
    await executor.execute(membersDecider, { ...anInvitation(execution.context.log ?? '') });
    const other = new Executor(log, codec);
    for (const again of [executor, other]) {
      const repeated = await again.execute(membersDecider, execution);
      expect(repeated).toEqual({ ...first, repeated: true });
    }
    expect(await collect(log.readStream(execution.stream))).toHaveLength(2);
  });

  test('refuses on the state as it is, also when another process changed it', async () => {
    const { log, codec, executor } = newHouse();
    const tenant = randomUUID();
    const owner = anInvitation(tenant, { role: 'owner' });
    const second = anInvitation(tenant, { role: 'owner' });
    await executor.execute(membersDecider, owner);
    const last = { ok: false, rejection: { code: 'member.last-owner' } };
    expect(await executor.execute(membersDecider, deactivation(owner))).toMatchObject(last);
    const other = new Executor(log, codec);
    expect(await other.execute(membersDecider, second)).toMatchObject({ ok: true });
    expect(await executor.execute(membersDecider, deactivation(owner))).toMatchObject({ ok: true });
    expect(await other.execute(membersDecider, deactivation(second))).toMatchObject(last);
  });

  test('decides what waits for one stream in order, and appends it together', async () => {
    const { log, executor } = newHouse();
    const tenant = randomUUID();
    const all = Array.from({ length: 30 }, () => anInvitation(tenant));
    const results = await Promise.all(all.map((one) => executor.execute(membersDecider, one)));
    expect(results.every(({ ok }) => ok)).toBe(true);
    const stored = await collect(log.readStream(`members-${tenant}`));
    expect(stored.map((event) => decodeEntry(event).command)).toEqual(all.map(({ commandId }) => commandId));
  });
});

describe('executeMany', () => {
  test('answers each in its place, in order within a stream', async () => {
    const { log, executor } = newHouse();
    const [a, b] = [randomUUID(), randomUUID()];
    const first = anInvitation(a, { role: 'owner', expectNew: true });
    const all = [first, anInvitation(b, { expectNew: true }), deactivation(first), first];
    const results = await executor.executeMany(membersDecider, all);
    expect(results).toMatchObject([
      { ok: true, repeated: false },
      { ok: true, repeated: false },
      { ok: false, rejection: { code: 'member.last-owner' } },
      { ok: true, repeated: true },
    ]);
    expect(await collect(log.readAll())).toHaveLength(2);
    expect(await executor.executeMany(membersDecider, all)).toMatchObject([
      { ok: true, repeated: true },
      { ok: true, repeated: true },
      { ok: false },
      { ok: true, repeated: true },
    ]);
  });
});
