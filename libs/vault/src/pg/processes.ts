import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';

const EVERY_MS = 1_000;
/** Of processes that ended without a word, by then nothing is left to be waited for. */
const ABANDONED = '10 minutes';

/**
 * Lets the others know that this process has forgotten what was erased. It says where it stands before it may know any
 * key, and looks every second whether more was erased.
 */
export class Processes {
  private readonly process = randomUUID();
  private registered: Promise<void> | undefined;
  /** Up to which order everything was forgotten, and up to which one that was said. */
  private revision = -1n;
  private said = -1n;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly database: Database,
    /** Forgets everything that may be of an erased key. */
    private readonly forget: () => void,
    /** The vault is not what it was: it was away, or is older than it has been. */
    private readonly doubt: () => void,
    /** What is under way may hold what was opened before: when it has ended. */
    private readonly settled: () => Promise<void> | undefined = () => undefined,
  ) {}

  /** How many orders were carried out, as last seen. */
  get orders(): number {
    return Number(this.revision + 1n);
  }

  /** MUST have resolved before a key is kept. @throws VaultUnavailable */
  ready(): Promise<void> {
    this.registered ??= this.register().catch((error: unknown) => {
      this.registered = undefined;
      throw error;
    });
    return this.registered;
  }

  private async register(): Promise<void> {
    const [row] = await this.database.rows<{ revision: string }>(
      'SELECT revision FROM vault.erasures_applied',
    );
    // Nothing is kept yet: whatever was erased by now is forgotten.
    this.revision = this.said = BigInt(row?.revision ?? -1);
    await this.look();
    this.arm();
  }

  /** Tells how far this process is, and forgets where the vault is further; until there is nothing more to say. */
  async look(): Promise<void> {
    for (;;) {
      const { said } = this;
      const [row] = await this.database.rows<{ applied: string }>(
        `INSERT INTO vault.process (process, revision) VALUES ($1, $2)
         ON CONFLICT (process) DO UPDATE SET revision = excluded.revision, seen_at = clock_timestamp()
         RETURNING (SELECT revision FROM vault.erasures_applied) AS applied`,
        [this.process, said],
      );
      const applied = BigInt(row?.applied ?? -1);
      if (applied !== this.revision) {
        if (applied < this.revision) this.doubt();
        this.forget();
        this.revision = applied;
        this.saySettled(applied);
      }
      if (this.said === said) return;
    }
  }

  private saySettled(revision: bigint): void {
    const settled = revision < this.said ? undefined : this.settled();
    if (settled === undefined) {
      this.said = revision;
      return;
    }
    void settled.then(() => {
      // Of an order after which the vault was set back nothing is said.
      if (this.said < revision && revision <= this.revision) this.said = revision;
    });
  }

  private arm(): void {
    if (this.closed) return;
    this.timer = setTimeout(() => void this.again(), EVERY_MS).unref();
  }

  private async again(): Promise<void> {
    try {
      await this.look();
      await this.database.rows(
        `DELETE FROM vault.process WHERE seen_at < clock_timestamp() - interval '${ABANDONED}'`,
      );
    } catch {
      // What is kept ends by its own time. A vault that was away may come back as an older one.
      this.doubt();
    }
    this.arm();
  }

  /** Nothing is known here any more. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    if (this.registered === undefined) return;
    await this.database
      .rows('DELETE FROM vault.process WHERE process = $1', [this.process])
      .catch(() => undefined);
  }
}
