import { randomUUID } from 'node:crypto';
import { membersDecider, type MemberCommand, type MemberEvent } from '@candor/domain';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec } from '../codec/codec.js';
import { collect } from '../contract/contract-kit.js';
import { decodeEntry } from '../entry/decode-entry.js';
import { LogUnavailable } from '../event-log.js';
import { MemoryLog } from '../memory-log.js';
import { FakeVault } from '../spec-kit/fake-vault.js';
import { FaultyLog, type Fault } from '../spec-kit/faulty-log.js';
import { aContext, anInvitation } from '../spec-kit/samples.js';
import { DeadlinePassed, type Execution, type ExecutionResult } from './execution.js';
import { Executor } from './executor.js';

type Run = (execution: Execution<MemberCommand>) => Promise<ExecutionResult<MemberEvent>>;

const commandOf = (tenant: string, user: string, kind: MemberCommand['kind']): Execution<MemberCommand> => {
  const invitation = anInvitation(tenant, { user, role: 'owner', deadline: Date.now() + 5_000 });
  const { at } = invitation.command;
  switch (kind) {
    case 'invite-member':
      return invitation;
    case 'change-member-role':
      return { ...invitation, command: { kind, at, user, role: 'viewer' } };
    case 'deactivate-member':
      return { ...invitation, command: { kind, at, user } };
  }
};

/** Milliseconds in which a command is sealed and sent, however busy the machine. */
const LONG_ENOUGH_TO_SEND = 3_000;

/** What is under way comes to its end, and nothing more is tried: not for longer than there is between two tries. */
async function expectQuiet(log: FaultyLog): Promise<void> {
  for (let looks = 0; looks < 20; looks++) {
    const { appends, reads } = log;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    if (log.appends === appends && log.reads === reads) return;
  }
  throw new Error('it is still being tried');
}

/** As a client does it: again with the same command id until there is an answer. */
async function insist(run: Run, execution: Execution<MemberCommand>): Promise<ExecutionResult<MemberEvent>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run(execution);
    } catch (error) {
      if (!(error instanceof LogUnavailable || error instanceof DeadlinePassed) || attempt > 50) throw error;
    }
  }
}

/** Every event follows from the ones before it, each command stands there once and in one piece. */
async function expectSound(log: MemoryLog, codec: Codec, stream: string): Promise<Map<string, string[]>> {
  const entries = (await collect(log.readStream(stream))).map(decodeEntry);
  const recorded = await codec.open(entries, 'verified');
  const byCommand = new Map<string, string[]>();
  const active = new Set<string>();
  let last: string | null = null;
  for (const { id, command, event } of recorded) {
    const name = command ?? '';
    if (name !== last) expect(byCommand.has(name)).toBe(false);
    byCommand.set(name, [...(byCommand.get(name) ?? []), id]);
    last = name;
    const { type, body } = event as MemberEvent;
    expect(active.has(body.user)).toBe(type !== 'tenant.member-invited');
    if (type === 'tenant.member-deactivated') active.delete(body.user);
    else active.add(body.user);
  }
  return byCommand;
}

describe('with a network that fails', () => {
  test('every command is stored once at most, and every answer is what is stored', async () => {
    const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'lost', 'unanswered', 'late');
    const kind = fc.constantFrom<MemberCommand['kind']>(
      'invite-member',
      'change-member-role',
      'deactivate-member',
    );
    const step = fc.record({
      user: fc.nat(3),
      kind,
      process: fc.nat(1),
      twice: fc.boolean(),
      bulk: fc.boolean(),
    });
    const faults = fc.array(fault, { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        faults,
        faults,
        async (steps, ...networks) => {
          const tenant = randomUUID();
          const users = Array.from({ length: 4 }, () => randomUUID());
          const log = new MemoryLog();
          const codec = new Codec(new FakeVault());
          const behind = networks.map((network) => new FaultyLog(log, network));
          const processes = behind.map((faulty) => new Executor(faulty, codec));
          const answers = await Promise.all(
            steps.flatMap(({ user, kind: what, process, twice, bulk }) => {
              const executor = processes[process] ?? processes[0];
              const run: Run = async (execution) => {
                if (executor === undefined) throw new Error('two processes');
                if (!bulk) return executor.execute(membersDecider, execution);
                const [result] = await executor.executeMany(membersDecider, [
                  { ...execution, expectNew: true },
                ]);
                if (result === undefined || 'fault' in result) throw result?.fault ?? new Error('one answer');
                return result;
              };
              const execution = commandOf(tenant, users[user] ?? '', what);
              const answer = async (): Promise<[string, ExecutionResult<MemberEvent>]> => [
                execution.commandId,
                await insist(run, execution),
              ];
              return twice ? [answer(), answer()] : [answer()];
            }),
          );
          for (const faulty of behind) await faulty.settle();
          const stored = await expectSound(log, codec, `members-${tenant}`);
          for (const [commandId, answer] of answers) {
            const ids = answer.ok ? answer.events.map(({ id }) => id) : [];
            if (ids.length > 0) expect(stored.get(commandId)).toEqual(ids);
          }
          const answered = new Set(answers.filter(([, { ok }]) => ok).map(([commandId]) => commandId));
          for (const commandId of stored.keys()) expect(answered.has(commandId)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('after an unknown outcome it reads before it sends the same bytes again', async () => {
    for (const fault of ['lost', 'unanswered'] as const) {
      const log = new FaultyLog(new MemoryLog());
      const executor = new Executor(log, new Codec(new FakeVault()));
      const tenant = randomUUID();
      await executor.execute(membersDecider, anInvitation(tenant));
      const { appends, reads } = log;
      log.push(fault);
      const result = await executor.execute(membersDecider, anInvitation(tenant));
      expect(result).toMatchObject({ ok: true, repeated: false });
      expect(log.reads - reads).toBe(1);
      expect(log.appends - appends).toBe(fault === 'lost' ? 2 : 1);
      expect(await collect(log.readStream(`members-${tenant}`))).toHaveLength(2);
    }
  });

  test('gives up at the deadline, and says that the outcome is unknown', async () => {
    const memory = new MemoryLog();
    const log = new FaultyLog(memory, ['none', 'unanswered', ...Array<Fault>(500).fill('lost')]);
    const executor = new Executor(log, new Codec(new FakeVault()));
    const execution = anInvitation(randomUUID(), { deadline: Date.now() + LONG_ENOUGH_TO_SEND });
    await expect(executor.execute(membersDecider, execution)).rejects.toMatchObject({
      name: 'DeadlinePassed',
      outcomeUnknown: true,
    });
    await expectQuiet(log);
    const other = new Executor(memory, new Codec(new FakeVault()));
    const again = { ...execution, deadline: Date.now() + 5_000 };
    expect(await other.execute(membersDecider, again)).toMatchObject({ ok: true, repeated: true });
  });

  test('begins nothing after the deadline', async () => {
    const log = new FaultyLog(new MemoryLog());
    const executor = new Executor(log, new Codec(new FakeVault()));
    const late = anInvitation(randomUUID(), { deadline: Date.now() - 1 });
    await expect(executor.execute(membersDecider, late)).rejects.toMatchObject({
      name: 'DeadlinePassed',
      outcomeUnknown: false,
    });
    expect(await executor.executeMany(membersDecider, [late])).toMatchObject([
      { fault: { name: 'DeadlinePassed' } },
    ]);
    expect(log.reads + log.appends).toBe(0);
  });

  test('begins nothing whose deadline passed while it was sealed, and only that', async () => {
    const log = new FaultyLog(new MemoryLog());
    const vault = new FakeVault();
    const executor = new Executor(log, new Codec(vault));
    vault.delayMs = 100;
    for (const expectNew of [false, true]) {
      const tenant = randomUUID();
      const late = anInvitation(tenant, { deadline: Date.now() + 30, expectNew });
      const inTime = anInvitation(tenant, { expectNew });
      const [missed, stored] = await executor.executeMany(membersDecider, [late, inTime]);
      expect(missed).toMatchObject({ fault: { name: 'DeadlinePassed', outcomeUnknown: false } });
      expect(stored).toMatchObject({ ok: true, repeated: false });
      const commands = (await collect(log.readStream(late.stream))).map((one) => decodeEntry(one).command);
      expect(commands).toContain(inTime.commandId);
      expect(commands).not.toContain(late.commandId);
    }
  });

  test('appends nothing that was encoded longer ago than receipts allow for: the process was stopped', async () => {
    let now = Date.now();
    const log = new FaultyLog(new MemoryLog());
    const append = log.append.bind(log);
    log.append = (...args) => {
      // While it waits to try again.
      now += 21_000;
      return append(...args);
    };
    const executor = new Executor(log, new Codec(new FakeVault()), { now: () => now });
    for (const expectNew of [false, true]) {
      log.push(...(expectNew ? [] : (['none'] as const)), 'lost');
      const stopped = anInvitation(randomUUID(), { deadline: now + 5_000, expectNew });
      const [result] = await executor.executeMany(membersDecider, [stopped]);
      expect(result).toMatchObject({ fault: { name: 'DeadlinePassed' } });
      expect(await collect(log.readStream(stopped.stream))).toEqual([]);
    }
  });

  test('answers by the deadline even when the store never does', async () => {
    const log = new MemoryLog();
    const silent = Object.assign(Object.create(log) as MemoryLog, {
      append: () => new Promise<never>(() => undefined),
      readStream: log.readStream.bind(log),
    });
    const executor = new Executor(silent, new Codec(new FakeVault()));
    const execution = anInvitation(randomUUID(), { deadline: Date.now() + 60, expectNew: true });
    await expect(executor.execute(membersDecider, execution)).rejects.toBeInstanceOf(DeadlinePassed);
    const deadline = Date.now() + LONG_ENOUGH_TO_SEND;
    const bulk = anInvitation(randomUUID(), { deadline, expectNew: true });
    expect(await executor.executeMany(membersDecider, [bulk])).toMatchObject([
      { fault: { outcomeUnknown: true } },
    ]);
  });

  test('says at once that a store that cannot be read is unavailable', async () => {
    const log = new FaultyLog(new MemoryLog(), ['lost']);
    const executor = new Executor(log, new Codec(new FakeVault()));
    const execution = anInvitation(randomUUID());
    await expect(executor.execute(membersDecider, execution)).rejects.toBeInstanceOf(LogUnavailable);
    expect(await executor.execute(membersDecider, execution)).toMatchObject({ ok: true, repeated: false });
  });

  test('says that the vault is away, and stores nothing', async () => {
    const log = new MemoryLog();
    const vault = new FakeVault();
    const executor = new Executor(log, new Codec(vault));
    vault.away = true;
    const away = { fault: { name: 'VaultUnavailable' } };
    const many = [anInvitation(randomUUID(), { expectNew: true }), anInvitation(randomUUID())];
    expect(await executor.executeMany(membersDecider, many)).toMatchObject([away, away]);
    vault.away = false;
    expect(await executor.executeMany(membersDecider, many)).toMatchObject([{ ok: true }, { ok: true }]);
  });
});

describe('with two processes', () => {
  test('both get all of theirs in, in an order that makes sense', async () => {
    const log = new MemoryLog();
    const codec = new Codec(new FakeVault());
    const tenant = randomUUID();
    const all = Array.from({ length: 120 }, () => anInvitation(tenant));
    const [one, two] = [new Executor(log, codec), new Executor(log, codec)];
    const results = await Promise.all(
      all.map((execution, i) => (i % 2 === 0 ? one : two).execute(membersDecider, execution)),
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect((await expectSound(log, codec, `members-${tenant}`)).size).toBe(120);
  });

  test('only one of two contradicting commands is accepted', async () => {
    const log = new MemoryLog();
    const codec = new Codec(new FakeVault());
    const tenant = randomUUID();
    const user = randomUUID();
    const processes = [new Executor(log, codec), new Executor(log, codec)];
    const results = await Promise.all(
      processes.map((executor) => executor.execute(membersDecider, anInvitation(tenant, { user }))),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter(({ ok }) => !ok)).toMatchObject([{ rejection: { code: 'member.already-active' } }]);
    expect(await collect(log.readStream(`members-${tenant}`))).toHaveLength(1);
  });
});

describe('what a decider sees', () => {
  test('is the same whether an event is fresh or read back', async () => {
    const log = new MemoryLog();
    const codec = new Codec(new FakeVault());
    const seen: unknown[][] = [];
    const watching = (): typeof membersDecider => {
      const mine: unknown[] = [];
      seen.push(mine);
      return {
        ...membersDecider,
        decide: (state, command) => {
          const decision = membersDecider.decide(state, command);
          if (!decision.ok) return decision;
          return {
            ok: true,
            events: decision.events.map((event) => ({ ...event, outcome: 'refused' as const })),
          };
        },
        evolve: (state, event, fact) => {
          mine.push([event, fact]);
          return membersDecider.evolve(state, event, fact);
        },
      };
    };
    const tenant = randomUUID();
    const executor = new Executor(log, codec);
    const fresh = watching();
    for (let i = 0; i < 5; i++) {
      const context = aContext(tenant, { occurredAt: `2026-03-01T12:00:0${i}.000Z`, outcome: 'failure' });
      expect(await executor.execute(fresh, { ...anInvitation(tenant), context })).toMatchObject({ ok: true });
    }
    const other = new Executor(log, codec);
    const invitation = anInvitation(tenant);
    await other.execute(watching(), invitation);
    const [first, second] = seen;
    expect(first).toHaveLength(5);
    expect(second?.slice(0, 5)).toStrictEqual(first);
  });
});
