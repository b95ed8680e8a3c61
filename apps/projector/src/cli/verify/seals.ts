import { type Codec, CorruptEntry, type Entry, UnknownLog } from '@candor/event-store';
import type { Findings } from './findings.js';

/** Entries opened together: the vault is asked once for a log of them. */
const BATCH = 500;

/** Opens every envelope, and computes every commitment again (formats v1 §2.5). */
export class Seals {
  private waiting: Entry[] = [];

  constructor(
    private readonly codec: Pick<Codec, 'disclose'>,
    private readonly findings: Findings,
  ) {}

  async add(entry: Entry): Promise<void> {
    if (entry.commitments.length === 0) return;
    this.waiting.push(entry);
    if (this.waiting.length >= BATCH) await this.open();
  }

  /** What is waiting. @throws VaultUnavailable */
  async open(): Promise<void> {
    const entries = this.waiting;
    this.waiting = [];
    const byLog = Map.groupBy(entries, ({ json }) => json.log ?? '');
    for (const [log, of] of byLog) await this.openOf(log, of);
  }

  private async openOf(log: string, entries: readonly Entry[]): Promise<void> {
    const broken = new Set<Entry>();
    try {
      const fields = await this.codec.disclose(entries, (entry, error) => {
        broken.add(entry);
        const missing = error instanceof CorruptEntry && error.finding === 'seal.missing';
        this.findings.add(missing ? 'seal.missing' : 'seal.broken', { log, event: entry.json.id });
      });
      for (const [n, entry] of entries.entries())
        if (
          !broken.has(entry) &&
          fields[n]?.some((field) => 'state' in field && field.state === 'lost') === true
        )
          this.findings.add('key.lost', { log, event: entry.json.id });
    } catch (error) {
      if (!(error instanceof UnknownLog)) throw error;
      for (const { json } of entries) this.findings.add('key.lost', { log, event: json.id });
    }
  }
}
