import { randomBytes, randomUUID } from 'node:crypto';
import { streamOf } from '@candor/checkpoints';
import { b64, EpochTree, Frontier, leafHash, logOrigin, utf8 } from '@candor/crypto';
import { type Epoch, formatCheckpoint, formatEpoch, signNote } from '@candor/crypto/tlog';
import { decodeEntry, MemoryLog, type StoredEvent } from '@candor/event-store';
import { Story } from '@candor/testing';
import { ANCHOR, anchorSigner, OPERATOR } from './keys.js';

interface LogOfHistory {
  readonly log: string;
  readonly succession: number;
  readonly slot: number;
  origin: string;
  readonly entries: StoredEvent[];
  readonly tree: Frontier;
  /** By epoch, also where unchanged. */
  readonly heads: Map<number, { readonly size: number; readonly root: Uint8Array }>;
  last: { readonly size: number; readonly root: Uint8Array; readonly event: string } | undefined;
}

/** An installation's whole history: a platform's log, tenants' logs, epochs over them. */
export class History {
  readonly story = new Story();
  readonly tree = new EpochTree(new Uint8Array(32).fill(9));
  readonly store = randomUUID();
  readonly logs: LogOfHistory[] = [];
  readonly epochs: Epoch[] = [];
  readonly notes: string[] = [];
  private readonly anchor = Frontier.empty();
  private after: string | null = null;

  static async begin(tenants: number): Promise<History> {
    const history = new History();
    await history.story.happens(null, 'store-main', {
      type: 'platform.store-created',
      body: { store: history.store },
    });
    await history.install();
    for (let n = 0; n < tenants; n++) await history.register(10 + n);
    return history;
  }

  get platform(): string {
    return this.logs[0]?.log ?? '';
  }

  private async install(): Promise<void> {
    const log = await this.story.open(randomUUID(), 'platform');
    await this.claim(log, 3);
    await this.story.happens(log, `platform-${log}`, {
      type: 'platform.installed',
      body: { slot: 3, operator: OPERATOR },
    });
    await this.take();
  }

  async register(slot: number): Promise<string> {
    const log = await this.story.open(randomUUID());
    await this.claim(log, slot);
    await this.story.happens(log, `tenant-${log}`, {
      type: 'tenant.registered',
      body: {
        slot,
        operator: OPERATOR,
        legalName: 'Beispiel GmbH',
        registerNumber: null,
        country: 'DE',
        role: 'controller',
        dataRegion: 'eu',
        breachContact: null,
      },
    });
    await this.take();
    return log;
  }

  private async claim(log: string, slot: number): Promise<void> {
    await this.story.happens(null, `slot-${slot}`, { type: 'log.slot-assigned', body: { slot, log } });
    this.begin(log, 0, slot);
  }

  private begin(log: string, succession: number, slot: number): void {
    this.logs.push({
      log,
      succession,
      slot,
      origin: '',
      entries: [],
      tree: Frontier.empty(),
      heads: new Map(),
      last: undefined,
    });
  }

  /** The origins that entries are added to. */
  get present(): readonly LogOfHistory[] {
    return this.logs.filter(({ log }, n) => !this.logs.slice(n + 1).some((later) => later.log === log));
  }

  /** A head that no entries lead to, as one was signed before they were lost. @returns the checkpoint's text */
  async recordLost(log: string, beyond: number): Promise<string> {
    const one = this.present.find((each) => each.log === log);
    if (one === undefined) throw new Error('no log');
    const [size, root] = [one.tree.size + beyond, randomBytes(32)];
    one.last = { size, root, event: await this.checkpoint(one, size, root) };
    this.after = one.last.event;
    return formatCheckpoint({ origin: one.origin, size, root });
  }

  /** Ends a log's present origin, and begins its successor. */
  async succeed(log: string, previous: string): Promise<void> {
    const one = this.present.find((each) => each.log === log);
    if (one === undefined) throw new Error('no log');
    const { slot, succession } = one;
    const stream = `logsuccession-${log}`;
    const asked = { log, slot, previous, kept: 0, cause: 'restored' } as const;
    await this.story.happens(this.platform, stream, { type: 'platform.succession-requested', body: asked });
    await this.story.happens(this.platform, stream, {
      type: 'platform.succession-approved',
      body: { log, previous },
    });
    await this.take();
    this.begin(log, succession + 1, slot);
    await this.story.happens(log, `succession-${log}`, {
      type: 'log.succeeded',
      body: { slot, operator: OPERATOR, previous, cause: 'restored' },
    });
    await this.take();
  }

  private checkpoint(of: LogOfHistory, size: number, root: Uint8Array): Promise<string> {
    const body = { size, root: b64(root) };
    return this.story.happens(null, streamOf(of), { type: 'log.checkpoint-recorded', body });
  }

  /** Some entries of each log by turns, with an order of erasure now and then: its stream is shared. */
  async grow(times: number): Promise<void> {
    for (let n = 0; n < times; n++)
      for (const { log } of this.present) {
        await this.story.happensRaw(log, `thing-${log}-${n % 3}`, 'future.thing-happened', 1, { n });
        if (n % 4 === 0)
          await this.story.happens(log, 'keyerasures-all', {
            type: 'log.erasure-ordered',
            body: {
              keys: [randomUUID()],
              class: null,
              period: null,
              rule: 'erasure',
              ground: 'consent-withdrawn',
            },
          });
      }
    await this.take();
  }

  /** A head of every log that grew, as somebody who asks makes one. */
  async record(logs: readonly LogOfHistory[] = this.present): Promise<void> {
    for (const one of logs) {
      const { size } = one.tree;
      if ((one.last?.size ?? 0) >= size) continue;
      const root = one.tree.root();
      const event = await this.checkpoint(one, size, root);
      one.last = { size, root, event };
      this.after = event;
    }
  }

  async epoch(): Promise<void> {
    await this.record();
    const epoch = this.epochs.length;
    const counted = this.logs.filter(({ log, last }, n) => {
      const later = this.logs.slice(n + 1).some((one) => one.log === log && one.last !== undefined);
      return last !== undefined && !later;
    });
    const heads = counted.flatMap(({ last, ...log }) => (last === undefined ? [] : [{ ...log, ...last }]));
    const root = await this.tree.root(epoch, 1024, heads);
    const one = { epoch, time: 1_800_000_000 + 60 * epoch, slots: 1024, root };
    for (const { heads: of, last } of counted) if (last !== undefined) of.set(epoch, last);
    await this.story.happens(null, 'anchor-main', {
      type: 'log.epoch-recorded',
      body: { ...one, root: b64(root), after: this.after },
    });
    this.epochs.push(one);
    this.anchor.append(leafHash(utf8(formatEpoch(one))));
    const text = formatCheckpoint({ origin: ANCHOR, size: epoch + 1, root: this.anchor.root() });
    const note = await signNote(text, [anchorSigner]);
    this.notes.push(note);
    await this.story.happens(null, `epoch-${epoch}`, {
      type: 'log.epoch-cosigned',
      body: { epoch, note: Buffer.from(note).toString('base64') },
    });
  }

  /** Takes what the story has had since. */
  private async take(): Promise<void> {
    const known = new Set(this.logs.flatMap(({ entries }) => entries.map(({ id }) => id)));
    for await (const stored of this.story.log.readAll()) {
      const { json, leaf } = decodeEntry(stored);
      const one = this.logs.findLast(({ log }) => log === json.log);
      if (one === undefined || known.has(stored.id)) continue;
      if (one.entries.length === 0) one.origin = logOrigin(OPERATOR, one.slot, stored.data);
      one.entries.push(stored);
      one.tree.append(leaf);
    }
  }

  /** The store as it was after so many events. */
  async cut(events: number): Promise<MemoryLog> {
    const log = new MemoryLog();
    let left = events;
    for await (const { stream, revision, id, type, data, metadata } of this.story.log.readAll()) {
      if (left-- <= 0) break;
      await log.append(stream, revision === 0n ? 'no-stream' : revision - 1n, [{ id, type, data, metadata }]);
    }
    return log;
  }

  /** After how many events each of a log's checkpoints was recorded. */
  async recordedAt(log: string): Promise<readonly number[]> {
    const found: number[] = [];
    let events = 0;
    for await (const { stream } of this.story.log.readAll()) {
      if (stream === `log-${log}`) found.push(events);
      events++;
    }
    return found;
  }

  async length(): Promise<number> {
    return (await this.story.events()).length;
  }
}
