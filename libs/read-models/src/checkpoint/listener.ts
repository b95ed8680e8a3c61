import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { connect } from '../sql.js';
import { CHANNEL, parseAnnouncement, type Standing } from './announcement.js';
import { loadCheckpoints } from './checkpoints.js';

const RECONNECT_MS = [100, 1_000, 5_000] as const;

/**
 * Knows where every view stands, by listening on one connection. While that connection is away it knows nothing new,
 * so waiting takes longer but never answers too early: positions only grow, and what it knows was committed.
 */
export class ViewListener {
  private readonly standings = new Map<string, Standing>();
  private readonly waiting = new Set<() => void>();
  private client: Client | undefined;
  private closed = false;

  private constructor(private readonly url: string) {}

  /** @throws when the database cannot be reached now; later it reconnects by itself */
  static async start(url: string): Promise<ViewListener> {
    const listener = new ViewListener(url);
    await listener.connect();
    return listener;
  }

  /** Undefined for a view that was never begun. */
  standing(view: string): Standing | undefined {
    return this.standings.get(view);
  }

  /** Resolves at the next news of any view, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) {
        resolve();
        return;
      }
      this.waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = await connect(this.url, 'candor-listener');
    client.on('notification', ({ payload }) => {
      if (payload !== undefined) this.learn(parseAnnouncement(payload));
    });
    client.once('end', () => {
      if (this.client === client && !this.closed) void this.reconnect();
    });
    try {
      await client.query(`LISTEN ${CHANNEL}`);
      // After LISTEN: what is committed from here on is notified, what was before is read.
      const checkpoints = await loadCheckpoints(client);
      this.client = client;
      this.learn(
        [...checkpoints.values()].map(({ view, place, state }) => ({
          view,
          state,
          position: place?.position ?? null,
        })),
      );
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  private async reconnect(): Promise<void> {
    for (let attempt = 0; !this.closed; attempt++) {
      try {
        await this.connect();
        return;
      } catch {
        await sleep(RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)], undefined, { ref: false });
      }
    }
  }

  private learn(news: readonly Standing[]): void {
    for (const standing of news) this.standings.set(standing.view, standing);
    for (const done of [...this.waiting]) done();
  }
}
