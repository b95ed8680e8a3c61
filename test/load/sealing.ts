import { randomUUID } from 'node:crypto';
import { MemoryKeyService } from '@candor/crypto';
import type { EntryContext } from '@candor/domain';
import { Codec, decodeEntry, type Entry, type EventDraft } from '@candor/event-store';
import { migrateVault, PgVault } from '@candor/vault';
import type { System } from '../harness/system.ts';
import { query } from './database.ts';
import { median, percentile, print } from './figure.ts';

const PAGE = 100;
const BATCH = 500;

/** What it costs to seal, and to open, beside the same events without a personal value, in one process. */
export async function benchSealing(system: System, scale: number): Promise<void> {
  const bench = await Bench.start(system);
  try {
    await bench.sealing(Math.ceil(20_000 * scale));
    await bench.newRecipients(Math.ceil(100_000 * scale));
    await bench.opening(Math.ceil(300 * scale));
  } finally {
    await bench.stop();
  }
}

class Bench {
  private readonly codec: Codec;
  private readonly vault: PgVault;
  private readonly log: string;
  private readonly open: () => PgVault;
  private readonly vaults: readonly PgVault[];

  private constructor(log: string, vault: PgVault, open: () => PgVault, vaults: readonly PgVault[]) {
    this.codec = new Codec(vault);
    this.vault = vault;
    this.log = log;
    this.open = open;
    this.vaults = vaults;
  }

  /** In a database of its own: the system's vault belongs to the system's keyring. */
  static async start(system: System): Promise<Bench> {
    const name = `sealing_${Date.now()}`;
    await query(system, `CREATE DATABASE ${name}`);
    const url = new URL(system.adminUrl);
    url.pathname = `/${name}`;
    await migrateVault(url.href);
    const service = new MemoryKeyService();
    const vaults: PgVault[] = [];
    const open = (): PgVault => {
      const vault = PgVault.open(url.href, service);
      vaults.push(vault);
      return vault;
    };
    const vault = open();
    const log = randomUUID();
    await vault.createLog(log, 'tenant');
    return new Bench(log, vault, open, vaults);
  }

  async stop(): Promise<void> {
    for (const vault of this.vaults) await vault.close();
  }

  /** Four personal fields under two keys that are known, and none. */
  async sealing(events: number): Promise<void> {
    await this.encode(BATCH, (n) => this.access(n, true));
    const reference = await this.encode(events, (n) => this.access(n, false));
    const sealed = await this.encode(events, (n) => this.access(n, true));
    print({
      figure: 'encoding an access with four personal fields under two known keys',
      value: sealed,
      unit: 'events/s',
      reference: { what: 'the same without personal fields', value: reference },
    });
  }

  /** Every event is of a recipient that nobody knew: a subject and a key are made for each. */
  async newRecipients(events: number): Promise<void> {
    const before = this.vault.use().keyService.calls;
    await this.deliver(BATCH, (n) => n % 100);
    const reference = await this.deliver(events, (n) => n % 100);
    const made = await this.deliver(events, (n) => 1_000 + n);
    print({
      figure: 'encoding a delivery to a recipient never seen before',
      value: made,
      unit: 'events/s',
      reference: { what: 'the same to a hundred known recipients', value: reference },
      note: `${this.vault.use().keyService.calls - before} calls to the key service for ${events} new recipients`,
    });
  }

  async opening(pages: number): Promise<void> {
    const sealed = await this.page(true);
    const reference = await this.timed(pages, this.codec, await this.page(false));
    const warm = await this.timed(pages, this.codec, sealed);
    const of = { what: 'the same page without personal fields', value: median(reference) };
    const note = `p99 ${percentile(warm, 0.99).toFixed(2)} ms beside ${percentile(reference, 0.99).toFixed(2)} ms`;
    print({
      figure: `opening a page of ${PAGE}, keys known`,
      value: median(warm),
      unit: 'ms',
      reference: of,
      note,
    });
    const cold: number[] = [];
    for (let n = 0; n < Math.min(pages, 20); n++) {
      const vault = this.open();
      await vault.check();
      await vault.secrets(this.log);
      cold.push(...(await this.timed(1, new Codec(vault), sealed)));
    }
    print({
      figure: `opening a page of ${PAGE}, keys fetched in one batch`,
      value: median(cold),
      unit: 'ms',
      reference: of,
    });
  }

  private async timed(times: number, codec: Codec, page: readonly Entry[]): Promise<readonly number[]> {
    const each: number[] = [];
    for (let n = 0; n < times; n++) {
      const from = performance.now();
      await codec.open(page, 'list');
      each.push(performance.now() - from);
    }
    return each;
  }

  /** A hundred entries by fifty people. */
  private async page(personal: boolean): Promise<readonly Entry[]> {
    const drafts = Array.from({ length: PAGE }, (_, n) => this.access(n % 50, personal));
    return (await this.codec.encode(drafts)).map((encoded, n) =>
      decodeEntry({ ...encoded, stream: drafts[n]?.stream ?? '' }),
    );
  }

  /** @returns events a second */
  private async encode(events: number, draft: (n: number) => EventDraft): Promise<number> {
    const from = performance.now();
    for (let done = 0; done < events; done += BATCH)
      await this.codec.encode(Array.from({ length: BATCH }, (_, n) => draft(done + n)));
    return events / ((performance.now() - from) / 1_000);
  }

  /** Recipients are found by their address first, as the recorder does it. @returns events a second */
  private async deliver(events: number, recipient: (n: number) => number): Promise<number> {
    const from = performance.now();
    for (let done = 0; done < events; done += BATCH) {
      const addresses = Array.from({ length: BATCH }, (_, n) => `r${recipient(done + n)}@example.org`);
      const wanted = addresses.map((value) => ({ kind: 'recipient', value }) as const);
      const ids = await this.vault.subjects(this.log, wanted);
      await this.codec.encode(addresses.map((address, n) => this.delivery(ids[n] ?? '', address)));
    }
    return events / ((performance.now() - from) / 1_000);
  }

  private access(n: number, personal: boolean): EventDraft {
    const now = new Date().toISOString();
    const given = (value: string): string | null => (personal ? value : null);
    const actor = { kind: 'employee', id: EMPLOYEES[n % 50] ?? randomUUID(), onBehalfOf: null } as const;
    return this.draft(
      'access',
      {
        type: 'access.data-accessed',
        body: {
          reporter: REPORTER,
          receivedAt: now,
          resource: { kind: 'mailbox', id: randomUUID() },
          within: [],
          user: null,
          operation: 'read',
          level: 'view-content',
          purpose: 'support',
          purposeText: null,
          categories: ['mail'],
          records: 1,
        },
      },
      {
        actor: { ...actor, name: given(`Engineer ${n % 50}`) },
        source: { ip: given('192.0.2.7'), agent: given('Console/1.0'), country: 'CH' },
        reason: { code: 'SUPPORT', ticket: given(`T-${n}`) },
      },
    );
  }

  private delivery(recipient: string, address: string): EventDraft {
    const now = new Date().toISOString();
    return this.draft(
      'message',
      {
        type: 'delivery.accepted',
        body: {
          reporter: REPORTER,
          receivedAt: now,
          messageId: randomUUID(),
          recipient,
          address,
          originalAddress: null,
          sender: null,
          sourceMessageId: null,
          bytes: 1,
          direction: 'outbound',
        },
      },
      {},
    );
  }

  private draft(category: string, event: EventDraft['event'], more: Partial<EntryContext>): EventDraft {
    const at = new Date().toISOString();
    const actor = { kind: 'service', id: REPORTER, onBehalfOf: null, name: null } as const;
    const around = { source: null, authorization: null, reason: null, outcome: 'success' } as const;
    const context = { log: this.log, occurredAt: at, actor, ...around, correlation: randomUUID(), ...more };
    return {
      stream: `${category}-${randomUUID()}`,
      event,
      context,
      command: randomUUID(),
      causation: null,
    };
  }
}

const REPORTER = randomUUID();
const EMPLOYEES = Array.from({ length: 50 }, () => randomUUID());
