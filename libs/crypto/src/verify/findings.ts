import type { Finding } from './finding.js';

/** How many of one kind are told one by one; the others are counted. */
const TOLD = 20;

/** What a check has found so far, of any length of input: told up to a number, then counted. */
export class Findings {
  private readonly told: Finding[] = [];
  private readonly counts = new Map<string, number>();

  add(finding: Finding): void {
    const count = (this.counts.get(finding.code) ?? 0) + 1;
    this.counts.set(finding.code, count);
    if (count <= TOLD) this.told.push(finding);
  }

  list(): readonly Finding[] {
    return this.told;
  }

  /** By code, with those that were not told. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }
}
