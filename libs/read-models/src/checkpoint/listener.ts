import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { connect } from '../sql.js';
import { CHANNEL, parseAnnouncement, type Standing } from './announcement.js';
import { loadCheckpoints } from './checkpoints.js';

const RECONNECT_MS = [100, 1_000, 5_000] as const;
/** How often the server must answer; one that is silent for so long is taken for gone. */
const HEARTBEAT_MS = 5_000;

/**
 * Knows where every view stands, by listening on one connection. While that connection is away it knows nothing, so
 * waiting takes longer but never answers too early: a database that crashes may have lost the last places it told of
 * (they are committed without waiting for the disk), and other connections may be back before this one.
 */
export class ViewListener {
  private readonly standings = new Map<string, Standing>();
  private readonly waiting = new Set<() => void>();
  private client: Client | undefined;
  private closed = false;

  private constructor(
    private readonly url: string,
    private readonly heartbeatMs: number,
  ) {}

  /** @throws when the database cannot be reached now; later it reconnects by itself */
  static async start(
    url: string,
    { heartbeatMs = HEARTBEAT_MS }: { readonly heartbeatMs?: number } = {},
  ): Promise<ViewListener> {
    const listener = new ViewListener(url, heartbeatMs);
    await listener.connect();
    return listener;
  }

  /** Undefined for a view that was never begun, and of all while the database is away. */
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
    const heartbeat = this.watch(client);
    client.once('end', () => {
      clearInterval(heartbeat);
      if (this.client !== client) return;
      this.standings.clear();
      if (!this.closed) void this.reconnect();
    });
    try {
      await client.query(`LISTEN ${CHANNEL}`);
      // After LISTEN: what is committed from here on is notified, what was before is read.
      const checkpoints = await loadCheckpoints(client);
      this.client = client;
      if (this.closed) await client.end();
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

  /** A peer that is gone without a word would be listened to for hours. */
  private watch(client: Client): NodeJS.Timeout {
    const heartbeat = setInterval(() => {
      const late = setTimeout(() => void client.end().catch(() => undefined), this.heartbeatMs);
      const heard = () => {
        clearTimeout(late);
      };
      client.query('SELECT 1').then(heard, heard);
    }, this.heartbeatMs);
    return heartbeat.unref();
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
