import type { KeyService } from '@candor/crypto';
import { VaultUnavailable } from '@candor/event-store';
import type { Database } from './database.js';

const REFRESH_MS = 60_000;

/** The generation is not open, or no more: nothing was wrapped under it. */
export class GenerationClosed extends VaultUnavailable {}

/** Which generation new keys are wrapped under (formats v1 §3.4). */
export class Generations {
  private known: { readonly g: number; readonly until: number } | undefined;

  constructor(
    private readonly database: Database,
    private readonly service: KeyService,
    private readonly now: () => number,
  ) {}

  /** The newest open one. A version the key service has added since is opened. @throws VaultUnavailable */
  async current(): Promise<number> {
    if (this.known !== undefined && this.known.until > this.now()) return this.known.g;
    const newest = await this.service.current();
    await this.database.rows('INSERT INTO vault.generation (g) VALUES ($1) ON CONFLICT DO NOTHING', [newest]);
    const [row] = await this.database.rows<{ g: number }>(
      `SELECT g FROM vault.generation WHERE state = 'open' ORDER BY g DESC LIMIT 1`,
    );
    if (row === undefined) throw new VaultUnavailable('no key generation is open');
    this.known = { g: row.g, until: this.now() + REFRESH_MS };
    return row.g;
  }

  /**
   * Does something under the current generation. Where that turns out to be closed, which every statement finds by
   * itself, the next call takes the one that is open then.
   * @returns undefined where it was closed
   */
  async underCurrent<T>(work: (g: number) => Promise<T>): Promise<T | undefined> {
    const g = await this.current();
    try {
      return await work(g);
    } catch (error) {
      if (!(error instanceof GenerationClosed)) throw error;
      this.forget();
      return undefined;
    }
  }

  /** To be called when a statement found that the generation is no longer open. */
  forget(): void {
    this.known = undefined;
  }
}
