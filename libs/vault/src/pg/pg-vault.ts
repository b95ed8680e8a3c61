import type { KeyService } from '@candor/crypto';
import {
  passing,
  type DataKey,
  type KeyRequest,
  type KeyState,
  type LogSecrets,
  type SubjectKind,
} from '@candor/event-store';
import { Pool } from 'pg';
import type { CacheUse } from '../cache.js';
import { unmetered, type VaultMeter } from '../meter.js';
import type { ErasureVault } from '../erasure-vault.js';
import type {
  FoundSubject,
  LogKind,
  LogVault,
  PlatformSecret,
  RegisterNumber,
  SubjectQuery,
} from '../log-vault.js';
import { type BlindOf, DataKeys } from './data-keys.js';
import { Database } from './database.js';
import { Erasures } from './erasures.js';
import { Generations } from './generations.js';
import { type KeyServiceUse, MeteredKeyService } from './key-service.js';
import { Logs } from './logs.js';
import { Names } from './names.js';
import { Orphans } from './orphans.js';
import { Processes } from './processes.js';
import { RegisterNumbers } from './register-numbers.js';
import { Slots } from './slots.js';
import { Subjects, type SubjectValue } from './subjects.js';
import type { Turns } from './turns.js';
import { WrappingKeys } from './wrapping-keys.js';

export interface PgVaultOptions {
  /** Milliseconds, at most 60,000, which is the default: how long a key may be used after its erasure (formats v1 §3.5). */
  readonly ttl?: number;
  /** Subjects, and keys, kept in memory at most. Default 20,000 of each. */
  readonly entries?: number;
  /** Told of each key that the log names and the vault has lost. Default: nobody is. */
  readonly alarm?: (log: string, keyId: string) => void;
  /** Default: nobody is told. */
  readonly meter?: VaultMeter;
  /**
   * Resolves when everything that was under way, and may hold what was opened, has ended: 30 s later at most. This process says
   * only then that it has forgotten. Undefined, as by default: nothing is.
   */
  readonly settled?: () => Promise<void> | undefined;
  /** Milliseconds; the default never steps back, and passes while the machine sleeps. */
  readonly now?: () => number;
}

/** What the vault was used for: numbers only. */
export interface VaultUse {
  /** `sealing`: data keys by what they serve; `opening`: by their ids. */
  readonly caches: Readonly<Record<'sealing' | 'opening' | 'subjects' | 'names' | 'wrappingKeys', CacheUse>>;
  readonly keyService: Readonly<KeyServiceUse>;
  /** Orders of erasure that the vault has carried out, as far as this process has seen. */
  readonly orders: number;
  /** Turns of orders and holds that were asked for here and have not ended. */
  readonly turns: number;
}

const MAX_TTL = 60_000;

/**
 * The vault in PostgreSQL's schema `vault`, for any number of processes at once. Everything it is asked to make may be
 * asked for again; two processes get the same answer. The database never sees a key, a secret or a value.
 */
export class PgVault implements LogVault {
  private readonly database: Database;
  private readonly logs: Logs;
  private readonly subjectTable: Subjects;
  private readonly keys: DataKeys;
  private readonly wrappingKeys: WrappingKeys;
  private readonly keyService: MeteredKeyService;
  private readonly names: Names;
  private readonly registerNumbers: RegisterNumbers;
  private readonly slots: Slots;
  private readonly processes: Processes;
  private readonly listeners: (() => void)[] = [];
  private before: (() => Promise<unknown>) | undefined;
  private admitted: Promise<unknown> | undefined;
  readonly erasures: ErasureVault;
  private readonly turns: Turns;
  readonly orphans: Orphans;

  /** @param pool connections as candor_vault; it stays the caller's, unless `close` is called */
  constructor(pool: Pool, keyService: KeyService, options: PgVaultOptions = {}) {
    const { now = passing(), entries = 20_000, alarm = () => undefined, meter = unmetered } = options;
    const ttl = Math.min(options.ttl ?? MAX_TTL, MAX_TTL);
    const service = new MeteredKeyService(keyService, meter);
    this.keyService = service;
    this.database = new Database(pool);
    const generations = new Generations(this.database, service, now);
    const wrappingKeys = new WrappingKeys(this.database, service, now);
    this.wrappingKeys = wrappingKeys;
    this.logs = new Logs(this.database, generations, wrappingKeys, now);
    const secrets = (log: string) => this.logs.secrets(log);
    this.subjectTable = new Subjects(this.database, secrets, now, { entries, ttl });
    this.names = new Names(this.database, secrets, now, { entries, ttl });
    const blind: BlindOf = (log, address) => this.subjectTable.blindOf(log, address);
    const limits = { entries, ttl, alarm, meter };
    this.keys = new DataKeys(this.database, generations, wrappingKeys, now, limits, blind);
    this.registerNumbers = new RegisterNumbers(this.database, this.subjectTable, async () =>
      secrets(await this.logs.platformLog()),
    );
    this.slots = new Slots(this.database);
    const erasures = new Erasures(this.database);
    this.erasures = erasures;
    this.turns = erasures.turns;
    this.orphans = new Orphans(this.database);
    this.processes = new Processes(
      this.database,
      () => {
        this.forget();
      },
      () => {
        this.admitted = undefined;
      },
      options.settled,
    );
  }

  /** @param url a connection as candor_vault */
  static open(url: string, keyService: KeyService, options: PgVaultOptions = {}): PgVault {
    const pool = new Pool({
      connectionString: url,
      application_name: 'candor-vault',
      max: 8,
      connectionTimeoutMillis: 5000,
      statement_timeout: 10_000,
      // The server's own limit comes first; this one is for a server that is gone.
      query_timeout: 15_000,
      keepAlive: true,
    });
    return new PgVault(pool, keyService, options);
  }

  /**
   * From now on nothing is sealed or opened before `work` has succeeded: once, and again whenever the vault was away or
   * turns out to be older than it was (formats v1 §3.6).
   */
  serveAfter(work: () => Promise<unknown>): void {
    this.before = work;
  }

  /** Calls back when keys were erased, before anybody is told that this process has forgotten them. */
  onErasure(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Counted since the process began, for whoever watches it. */
  use(): VaultUse {
    const { sealing, opening } = this.keys.use;
    const caches = { sealing, opening, subjects: this.subjectTable.use, names: this.names.use };
    const { calls, keys, failures, milliseconds } = this.keyService.use;
    return {
      caches: { ...caches, wrappingKeys: this.wrappingKeys.use },
      keyService: { calls, keys, failures, milliseconds: Math.round(milliseconds) },
      orders: this.processes.orders,
      turns: this.turns.open,
    };
  }

  private forget(): void {
    this.keys.forget();
    this.subjectTable.forget();
    this.names.forget();
    for (const listener of this.listeners) listener();
  }

  private async admit(): Promise<void> {
    await this.processes.ready();
    if (this.before === undefined) return;
    const { admitted = this.before() } = this;
    this.admitted = admitted;
    try {
      await admitted;
    } catch (error) {
      if (this.admitted === admitted) this.admitted = undefined;
      throw error;
    }
  }

  /**
   * Whether it could serve now.
   * @throws VaultUnavailable; KeyServiceFault `refused` when the key service is not the one this vault was made with
   */
  async check(): Promise<void> {
    await this.logs.check();
    await this.admit();
  }

  async close(): Promise<void> {
    await this.processes.close();
    await this.database.close();
  }

  secrets(log: string): Promise<LogSecrets> {
    return this.logs.secrets(log);
  }

  async subjects(
    log: string,
    wanted: readonly { readonly kind: SubjectKind; readonly value: string }[],
  ): Promise<readonly string[]> {
    await this.admit();
    return this.subjectTable.findOrMake(wanted.map(({ kind, value }) => ({ log, kind, value })));
  }

  async dataKeys(requests: readonly KeyRequest[]): Promise<readonly DataKey[]> {
    await this.admit();
    const byValue: SubjectValue[] = [];
    for (const { log, subject } of requests) if ('kind' in subject) byValue.push({ log, ...subject });
    const subjects = (await this.subjectTable.findOrMake(byValue)).values();
    const places = requests.map(({ log, subject, retention, period, address }) => ({
      log,
      subject: 'kind' in subject ? (subjects.next().value ?? '') : subject.subject,
      retention,
      period,
      ...(address === undefined ? {} : { address }),
    }));
    const keys = await this.keys.findOrMake(places);
    // Beside the row of the subject, which a key that is made may have brought back.
    await this.names.keep(
      places.flatMap(({ log, subject }, i) =>
        (requests[i]?.names ?? []).map((name) => ({ log, subject, name })),
      ),
    );
    return keys;
  }

  async findSubjects(log: string, query: SubjectQuery): Promise<readonly FoundSubject[]> {
    await this.admit();
    if ('address' in query) return this.subjectTable.find(log, query.address);
    return this.subjectTable.ofIds(log, await this.names.find(log, query.name));
  }

  async openKeys(log: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyState>> {
    await this.admit();
    return this.keys.open(log, keyIds);
  }

  async registrant(number: RegisterNumber): Promise<string | undefined> {
    await this.admit();
    return this.registerNumbers.holder(number);
  }

  async claimRegisterNumber(log: string, number: RegisterNumber): Promise<string> {
    await this.admit();
    return this.registerNumbers.claim(log, number);
  }

  createLog(log: string, kind: LogKind): Promise<void> {
    return this.logs.create(log, kind);
  }

  reserveSlot(log: string): Promise<number> {
    return this.slots.reserve(log);
  }

  redraw(log: string, taken: number): Promise<number> {
    return this.slots.redraw(log, taken);
  }

  platformLog(): Promise<string> {
    return this.logs.platformLog();
  }

  platformSecret(name: PlatformSecret): Promise<Uint8Array> {
    return this.logs.platformSecret(name);
  }
}
