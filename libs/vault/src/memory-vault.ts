import { randomInt, randomUUID } from 'node:crypto';
import {
  FormatFault,
  newKey,
  normalizeName,
  normalizeRegisterNumber,
  normalizeSubject,
} from '@candor/crypto';
import {
  type DataKey,
  type KeyRequest,
  type KeyState,
  type LogSecrets,
  type SubjectKind,
  UnknownLog,
} from '@candor/event-store';
import type { ErasureVault } from './erasure-vault.js';
import type {
  FoundSubject,
  LogKind,
  LogVault,
  PlatformSecret,
  RegisterNumber,
  SubjectQuery,
} from './log-vault.js';
import { MemoryErasures } from './memory-erasures.js';
import { MOST_FOUND } from './pg/names.js';
import { PEOPLE } from './pg/subjects.js';
import { slotSpace } from './slot-space.js';

interface LivingKey extends DataKey {
  readonly log: string;
}

/** The vault of specs: everything in memory, unwrapped, gone with the process. */
export class MemoryVault implements LogVault {
  private readonly logs = new Map<string, { readonly kind: LogKind; readonly secrets: LogSecrets }>();
  private readonly subjectIds = new Map<string, string>();
  private readonly kinds = new Map<string, SubjectKind>();
  /** Subjects by log and name. */
  private readonly names = new Map<string, Set<string>>();
  private readonly keys = new Map<string, LivingKey>();
  private readonly keysById = new Map<string, LivingKey>();
  private readonly erased = new Map<string, { readonly log: string; readonly by: string | null }>();
  /** Log by slot; null for one that turned out to be taken. */
  private readonly slots = new Map<number, string | null>();
  /** Logs by country and number. */
  private readonly registerNumbers = new Map<string, string>();
  private readonly platformSecrets = new Map<PlatformSecret, Uint8Array>();

  readonly erasures: ErasureVault = new MemoryErasures({
    living: (log) =>
      [...this.keys].flatMap(([place, { keyId }]) => {
        const [of, subject = '', retention = '', period = ''] = place.split(' ');
        return of === log ? [{ keyId, subject, retention, period }] : [];
      }),
    places: () => {
      const names = new Set(
        [...this.keys.keys()].map((place) => place.replace(/^(\S+) \S+ (\S+) (\S+)$/, '$1 $2 $3')),
      );
      return [...names].map((name) => {
        const [log = '', retention = '', period = ''] = name.split(' ');
        return { log, retention, period };
      });
    },
    exhume: (log, keyIds) => {
      for (const keyId of keyIds) if (this.erased.get(keyId)?.log === log) this.erased.delete(keyId);
    },
    bury: (log, keyIds, by) => {
      this.bury(log, keyIds, by);
    },
    forgetSubjects: (log, subjects) => {
      for (const [value, subject] of this.subjectIds)
        if (subjects.has(subject) && value.startsWith(log)) this.subjectIds.delete(value);
      for (const [number, of] of this.registerNumbers)
        if (of === log && !this.subjectIds.has(subjectName(log, 'tenant', log)))
          this.registerNumbers.delete(number);
      for (const named of this.names.values()) for (const subject of subjects) named.delete(subject);
    },
  });

  /** As an erasure does it (formats v1 §3.5), without the log. */
  erase(keyIds: readonly string[]): void {
    for (const keyId of keyIds) {
      const key = this.keysById.get(keyId);
      if (key !== undefined) this.bury(key.log, [keyId], null);
    }
  }

  private bury(log: string, keyIds: readonly string[], by: string | null): void {
    const gone = new Set(keyIds);
    for (const keyId of gone) {
      this.keysById.delete(keyId);
      if (!this.erased.has(keyId)) this.erased.set(keyId, { log, by });
    }
    for (const [place, { keyId }] of this.keys) if (gone.has(keyId)) this.keys.delete(place);
  }

  async secrets(log: string): Promise<LogSecrets> {
    return Promise.resolve(this.known(log).secrets);
  }

  async subjects(
    log: string,
    wanted: readonly { readonly kind: SubjectKind; readonly value: string }[],
  ): Promise<readonly string[]> {
    this.known(log);
    const values = wanted.map(({ kind, value }) => [kind, subjectName(log, kind, value)] as const);
    const ids = values.map(([kind, value]) => {
      const subject = getOrMake(this.subjectIds, value, randomUUID);
      this.kinds.set(subject, kind);
      return subject;
    });
    return Promise.resolve(ids);
  }

  findSubjects(log: string, query: SubjectQuery): Promise<readonly FoundSubject[]> {
    return new Promise((resolve) => {
      this.known(log);
      const subjects =
        'address' in query
          ? PEOPLE.map((kind) => this.subjectIds.get(subjectName(log, kind, query.address)))
          : [...(this.names.get(`${log} ${normalizeName(query.name)}`) ?? [])];
      const found = subjects.flatMap((subject) => {
        const kind = this.kinds.get(subject ?? '');
        return subject === undefined || kind === undefined ? [] : [{ subject, kind }];
      });
      resolve(found.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)).slice(0, MOST_FOUND));
    });
  }

  private keepNames(log: string, subject: string, names: readonly string[]): void {
    for (const name of names) {
      try {
        getOrMake(this.names, `${log} ${normalizeName(name)}`, () => new Set()).add(subject);
      } catch (error) {
        if (!(error instanceof FormatFault)) throw error;
      }
    }
  }

  async dataKeys(requests: readonly KeyRequest[]): Promise<readonly DataKey[]> {
    const keys: DataKey[] = [];
    for (const { log, subject, retention, period, names = [], address } of requests) {
      this.known(log);
      const [id] = 'kind' in subject ? await this.subjects(log, [subject]) : [subject.subject];
      const place = `${log} ${id ?? ''} ${retention} ${period}`;
      if (address !== undefined && !this.keys.has(place)) this.findAgain(log, id ?? '', address);
      this.keepNames(log, id ?? '', names);
      const key = getOrMake(this.keys, place, () => ({ log, keyId: randomUUID(), key: newKey() }));
      this.keysById.set(key.keyId, key);
      keys.push({ keyId: key.keyId, key: key.key });
    }
    return keys;
  }

  /** A subject that was erased, and of which something new is sealed. */
  private findAgain(log: string, subject: string, { kind, value }: NonNullable<KeyRequest['address']>): void {
    const name = subjectName(log, kind, value);
    if (this.subjectIds.has(name) || [...this.subjectIds.values()].includes(subject)) return;
    this.subjectIds.set(name, subject);
    this.kinds.set(subject, kind);
  }

  openKeys(log: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyState>> {
    return Promise.resolve(new Map(keyIds.map((keyId) => [keyId, this.stateOf(log, keyId)])));
  }

  private stateOf(log: string, keyId: string): KeyState {
    const living = this.keysById.get(keyId);
    if (living?.log === log) return { state: 'present', key: living.key };
    const erased = this.erased.get(keyId);
    return erased?.log === log ? { state: 'erased', by: erased.by } : { state: 'lost' };
  }

  async createLog(log: string, kind: LogKind): Promise<void> {
    const known = this.logs.get(log)?.kind;
    if (known === kind) return Promise.resolve();
    if (known !== undefined || (kind === 'platform' && this.findPlatform() !== undefined))
      throw new Error(`there is already a ${known ?? kind} log`);
    this.logs.set(log, { kind, secrets: { kId: newKey(), kBlind: newKey() } });
  }

  reserveSlot(log: string): Promise<number> {
    for (const [slot, of] of this.slots) if (of === log) return Promise.resolve(slot);
    const space = slotSpace(this.slots.size + 1);
    let slot = randomInt(space);
    while (this.slots.has(slot)) slot = randomInt(space);
    this.slots.set(slot, log);
    return Promise.resolve(slot);
  }

  redraw(log: string, taken: number): Promise<number> {
    const of = this.slots.get(taken);
    if (of === undefined || of === log) this.slots.set(taken, null);
    return this.reserveSlot(log);
  }

  registrant(number: RegisterNumber): Promise<string | undefined> {
    return Promise.resolve(this.registerNumbers.get(registerKey(number)));
  }

  async claimRegisterNumber(log: string, number: RegisterNumber): Promise<string> {
    await this.subjects(log, [{ kind: 'tenant', value: log }]);
    return getOrMake(this.registerNumbers, registerKey(number), () => log);
  }

  async platformLog(): Promise<string> {
    const known = this.findPlatform();
    if (known !== undefined) return known;
    const log = randomUUID();
    await this.createLog(log, 'platform');
    return log;
  }

  async platformSecret(name: PlatformSecret): Promise<Uint8Array> {
    await this.platformLog();
    return getOrMake(this.platformSecrets, name, newKey);
  }

  private findPlatform(): string | undefined {
    for (const [log, { kind }] of this.logs) if (kind === 'platform') return log;
    return undefined;
  }

  /** @throws UnknownLog */
  private known(log: string) {
    const known = this.logs.get(log);
    if (known === undefined) throw new UnknownLog(`the vault does not know the log ${log}`);
    return known;
  }
}

const registerKey = ({ country, number }: RegisterNumber) => `${country} ${normalizeRegisterNumber(number)}`;

const subjectName = (log: string, kind: SubjectKind, value: string) =>
  `${log} ${kind} ${normalizeSubject(kind, value)}`;

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
