import { randomUUID } from 'node:crypto';
import { MemoryKeyService } from '@candor/crypto';
import type { KeyRequest } from '@candor/event-store';
import { startPostgres } from '@candor/testing';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { LogVault } from './log-vault.js';
import { MemoryVault } from './memory-vault.js';
import { PgVault } from './pg/pg-vault.js';

/** What every vault must do. */
interface Subject {
  readonly vault: LogVault;
  /** As another process sees it, without this one's memory. */
  readonly fresh: () => LogVault;
  readonly erase: (log: string, keyIds: readonly string[]) => Promise<void>;
}

const postgres = await startPostgres();
const keyService = new MemoryKeyService();
const opened: PgVault[] = [];
const pgVault = () => {
  const vault = PgVault.open(postgres.vaultUrl, keyService);
  opened.push(vault);
  return vault;
};
afterAll(async () => {
  await Promise.all(opened.map((vault) => vault.close()));
  await postgres.stop();
});

function memory(): Subject {
  const vault = new MemoryVault();
  const erase = (_log: string, keyIds: readonly string[]) => {
    vault.erase(keyIds);
    return Promise.resolve();
  };
  return { vault, fresh: () => vault, erase };
}

async function erase(log: string, keyIds: readonly string[]): Promise<void> {
  const owner = new Client({ connectionString: postgres.ownerUrl });
  await owner.connect();
  await owner.query('DELETE FROM vault.data_key WHERE key_id = ANY ($1::uuid[])', [keyIds]);
  await owner.query('INSERT INTO vault.tombstone (key_id, log, revision) SELECT unnest($1::uuid[]), $2, 0', [
    keyIds,
    log,
  ]);
  await owner.end();
}

describe.each([
  ['MemoryVault', memory],
  ['PgVault', (): Subject => ({ vault: pgVault(), fresh: pgVault, erase })],
])('%s', (_name, make) => {
  let it: Subject;
  let log: string;
  let other: string;
  const request = (subject: KeyRequest['subject'], more: Partial<KeyRequest> = {}): KeyRequest => ({
    log,
    subject,
    retention: 'delivery',
    period: '2026-11',
    ...more,
  });

  beforeEach(async () => {
    it = make();
    log = randomUUID();
    other = randomUUID();
    await it.vault.createLog(log, 'tenant');
    await it.vault.createLog(other, 'tenant');
  });

  test('a log has secrets of its own, the same for ever', async () => {
    const secrets = await it.vault.secrets(log);
    expect(secrets.kId).toHaveLength(32);
    expect(secrets.kBlind).toHaveLength(32);
    expect(secrets.kId).not.toEqual(secrets.kBlind);
    await it.vault.createLog(log, 'tenant');
    expect(await it.fresh().secrets(log)).toEqual(secrets);
    expect(await it.vault.secrets(other)).not.toEqual(secrets);
  });

  test('what belongs to a log that was not made is refused', async () => {
    const unknown = randomUUID();
    await expect(it.vault.secrets(unknown)).rejects.toMatchObject({ name: 'UnknownLog' });
    await expect(
      it.vault.subjects(unknown, [{ kind: 'user', value: 'a@example.org' }]),
    ).rejects.toMatchObject({
      name: 'UnknownLog',
    });
    await expect(
      it.vault.dataKeys([request({ subject: randomUUID() }, { log: unknown })]),
    ).rejects.toMatchObject({ name: 'UnknownLog' });
    await expect(it.vault.createLog(log, 'platform')).rejects.toThrow('already');
  });

  test('a value is one subject of its kind in its log', async () => {
    const [ada, bob, again, employee] = await it.vault.subjects(log, [
      { kind: 'user', value: 'Ada@Example.org' },
      { kind: 'user', value: 'bob@example.org' },
      { kind: 'user', value: ' ada@example.ORG ' },
      { kind: 'employee', value: 'ada@example.org' },
    ]);
    expect(again).toBe(ada);
    expect(new Set([ada, bob, employee]).size).toBe(3);
    expect(await it.fresh().subjects(log, [{ kind: 'user', value: 'bob@example.org' }])).toEqual([bob]);
    const elsewhere = await it.vault.subjects(other, [{ kind: 'user', value: 'ada@example.org' }]);
    expect(elsewhere).not.toEqual([ada]);
    expect(await it.vault.subjects(log, [])).toEqual([]);
  });

  test('a register number is of the log that claimed it first, however it is written', async () => {
    const number = { country: 'DE', number: `HRB ${log}` };
    expect(await it.vault.registrant(number)).toBeUndefined();
    const logs = [log, other, log, other, log, other, log, other];
    const holders = await Promise.all(
      logs.map((one, n) => (n % 2 === 0 ? it.vault : it.fresh()).claimRegisterNumber(one, number)),
    );
    const [first] = holders;
    expect(logs).toContain(first);
    expect(new Set(holders).size).toBe(1);
    const written = { country: 'DE', number: `h r\u00a0B${log.toUpperCase()}\n` };
    expect(await it.fresh().registrant(written)).toBe(first);
    expect(await it.vault.claimRegisterNumber(log, written)).toBe(first);
    expect(await it.vault.registrant({ ...number, country: 'AT' })).toBeUndefined();
    expect(await it.vault.claimRegisterNumber(other, { ...number, country: 'AT' })).toBe(other);
    const unknown = randomUUID();
    await expect(
      it.vault.claimRegisterNumber(unknown, { country: 'DE', number: unknown }),
    ).rejects.toMatchObject({ name: 'UnknownLog' });
  });

  test('people are found by address and by name, in their log only, and none is made by looking', async () => {
    const { vault } = it;
    const [ada, bob, adaToo] = await vault.subjects(log, [
      { kind: 'user', value: 'ada@example.org' },
      { kind: 'user', value: 'bob@example.org' },
      { kind: 'recipient', value: 'ada@example.org' },
    ]);
    const employee = randomUUID();
    const [engineer] = await vault.subjects(log, [{ kind: 'employee', value: employee }]);
    await vault.dataKeys([
      request({ subject: ada ?? '' }, { names: ['Ada  Lovelace', '   '] }),
      request({ subject: bob ?? '' }, { names: ['ADA LOVELACE', 'Bob'] }),
      request({ subject: bob ?? '' }, { names: ['ADA LOVELACE'] }),
      request({ kind: 'employee', value: employee }, { names: ['Grace'] }),
      request({ kind: 'tenant', value: log }),
    ]);
    for (const one of [vault, it.fresh()]) {
      expect(await one.findSubjects(log, { address: ' ADA@Example.org' })).toEqual(
        [
          { subject: ada, kind: 'user' },
          { subject: adaToo, kind: 'recipient' },
        ].toSorted((a, b) => ((a.subject ?? '') < (b.subject ?? '') ? -1 : 1)),
      );
      const found = await one.findSubjects(log, { name: 'ada lovelace' });
      expect(found.map(({ subject }) => subject)).toEqual([ada, bob].toSorted());
      expect(await one.findSubjects(log, { name: 'grace' })).toEqual([
        { subject: engineer, kind: 'employee' },
      ]);
      expect(await one.findSubjects(log, { name: 'Ada' })).toEqual([]);
      expect(await one.findSubjects(log, { address: 'nobody@example.org' })).toEqual([]);
      expect(await one.findSubjects(other, { name: 'Ada Lovelace' })).toEqual([]);
      expect(await one.findSubjects(other, { address: 'ada@example.org' })).toEqual([]);
      await expect(one.findSubjects(log, { name: '' })).rejects.toMatchObject({ code: 'name.malformed' });
      await expect(one.findSubjects(log, { address: 'x' })).rejects.toMatchObject({
        code: 'address.malformed',
      });
      await expect(one.findSubjects(randomUUID(), { name: 'x' })).rejects.toMatchObject({
        name: 'UnknownLog',
      });
    }
  });

  test('a value that is none of its kind is refused', async () => {
    const wanted = [{ kind: 'recipient', value: 'not an address' }] as const;
    await expect(it.vault.subjects(log, wanted)).rejects.toMatchObject({ code: 'address.malformed' });
  });

  test('one key serves one log, subject, class and period', async () => {
    const [subject = ''] = await it.vault.subjects(log, [{ kind: 'recipient', value: 'r@example.org' }]);
    const keys = await it.vault.dataKeys([
      request({ subject }),
      request({ kind: 'recipient', value: 'R@example.org' }),
      request({ subject }, { period: '2026-12' }),
      request({ subject }, { retention: 'access', period: '2026' }),
      request({ subject: randomUUID() }),
      request({ kind: 'recipient', value: 'r@example.org' }, { log: other }),
    ]);
    expect(keys[1]).toEqual(keys[0]);
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(5);
    expect(new Set(keys.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(5);
    for (const { key } of keys) expect(key).toHaveLength(32);
    const later = await it.fresh().dataKeys([request({ subject })]);
    expect(later).toEqual([keys[0]]);
    expect(await it.vault.dataKeys([])).toEqual([]);
  });

  test('a key is present, erased or lost, and each is told from the others', async () => {
    const [kept, gone] = await it.vault.dataKeys([
      request({ kind: 'user', value: 'kept@example.org' }),
      request({ kind: 'user', value: 'gone@example.org' }),
    ]);
    if (kept === undefined || gone === undefined) throw new Error('no keys');
    const never = randomUUID();
    await it.erase(log, [gone.keyId]);
    const fresh = it.fresh();
    const look = () => fresh.openKeys(log, [kept.keyId, gone.keyId, never, kept.keyId]);
    for (const states of [await look(), await look()]) {
      expect([...states.keys()].sort()).toEqual([kept.keyId, gone.keyId, never].sort());
      expect(states.get(kept.keyId)).toEqual({ state: 'present', key: kept.key });
      expect(states.get(gone.keyId)).toEqual({ state: 'erased', by: null });
      expect(states.get(never)).toEqual({ state: 'lost' });
    }
    const fromElsewhere = await fresh.openKeys(other, [kept.keyId, gone.keyId]);
    expect([...fromElsewhere.values()]).toEqual([{ state: 'lost' }, { state: 'lost' }]);
    const [anew] = await fresh.dataKeys([request({ kind: 'user', value: 'gone@example.org' })]);
    expect(anew?.keyId).not.toBe(gone.keyId);
  });

  test('a log keeps its slot, and gets another where that one is taken', async () => {
    const slot = await it.vault.reserveSlot(log);
    expect(slot).toBeGreaterThanOrEqual(0);
    expect(slot).toBeLessThan(1024);
    expect(await it.fresh().reserveSlot(log)).toBe(slot);
    expect(await it.vault.reserveSlot(other)).not.toBe(slot);
    const second = await it.vault.redraw(log, slot);
    expect(second).not.toBe(slot);
    expect(await it.vault.redraw(log, slot)).toBe(second);
    expect(await it.fresh().reserveSlot(log)).toBe(second);
  });

  test('slots are as many as leave more than half free', async () => {
    const slots = new Set<number>();
    for (let i = 0; i < 600; i++) slots.add(await it.vault.reserveSlot(randomUUID()));
    expect(slots.size).toBe(600);
    expect(Math.max(...slots)).toBeGreaterThanOrEqual(1024);
    expect(Math.max(...slots)).toBeLessThan(2048);
  });

  test('there is one platform, with secrets of its own', async () => {
    const platform = await it.vault.platformLog();
    expect(await it.fresh().platformLog()).toBe(platform);
    await expect(it.vault.createLog(randomUUID(), 'platform')).rejects.toThrow('already');
    expect((await it.vault.secrets(platform)).kId).toHaveLength(32);
    const slots = await it.vault.platformSecret('slots');
    expect(slots).toHaveLength(32);
    expect(await it.fresh().platformSecret('slots')).toEqual(slots);
    expect(await it.vault.platformSecret('position')).not.toEqual(slots);
  });
});
