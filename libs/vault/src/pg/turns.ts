import type { Database } from './database.js';

/**
 * One at a time of a name, in all processes, by a lock of the database. In this process those of one name wait in a row of
 * their own. Each keeps a connection while its work needs others, so that no more than half of them are given to turns.
 */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();
  private readonly waiting: (() => void)[] = [];
  private free: number;
  private taken = 0;

  constructor(private readonly database: Database) {
    this.free = Math.max(1, Math.floor(database.connections / 2));
  }

  /** How many were asked for and have not ended. */
  get open(): number {
    return this.taken;
  }

  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.last.get(name) ?? Promise.resolve()).then(() => this.connected(name, work));
    this.taken++;
    const ended = turn
      .catch(() => undefined)
      .then(() => {
        this.taken--;
        if (this.last.get(name) === ended) this.last.delete(name);
      });
    this.last.set(name, ended);
    return turn;
  }

  private async connected<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await this.database.transaction(async (rows) => {
        await rows('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`candor:${name}`]);
        return work();
      });
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
