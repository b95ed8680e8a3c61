import type { EntryJson } from '../entry.js';
import type { Findings } from './findings.js';

/** The type of the entry that erases keys (formats v1 §3.5). */
export const ORDERED = 'log.erasure-ordered';

/** What an entry erased: keys by name, some without naming them, or not to be seen, because only its leaf is given. */
export type ErasedKeys = ReadonlySet<string> | 'unnamed' | 'unknown';

/**
 * Whether the entries that are said to have erased a key did (formats v1 §2.6). Holds the keys of every erasure of the
 * export, and the claims on entries that are still to come.
 */
export class Erasures {
  private readonly orders = new Map<number, ErasedKeys>();
  /** By the index of the erasing entry: key ids, each with the first entry that said so. */
  private readonly claims = new Map<number, Map<string, number>>();

  constructor(
    private readonly from: number,
    private readonly findings: Findings,
  ) {}

  /** A field of entry `index` under this key is said to be erased by entry `by`. */
  claim(index: number, field: string, keyId: string, by: number): void {
    if (by < this.from) {
      this.unproven(index, field, 'the erasing entry is in an earlier export');
      return;
    }
    if (by <= index) {
      this.judge(by, keyId, index, this.orders.get(by));
      return;
    }
    const claims = this.claims.get(by) ?? new Map<string, number>();
    if (!claims.has(keyId)) claims.set(keyId, index);
    this.claims.set(by, claims);
  }

  /** An entry erases these keys: told before the claims of its own fields. */
  order(index: number, keys: ErasedKeys): void {
    this.orders.set(index, keys);
  }

  /**
   * A field of entry `index` is said to be erased by an entry of another of the log's origins, whose own export shows it.
   * @param own the origin that is shown, where its entry 0 tells: 0; undefined for a successor
   */
  claimElsewhere(
    index: number,
    field: string,
    { by, succession }: { readonly by: number; readonly succession: number },
    own: 0 | undefined,
  ): void {
    if (succession === own) this.refuse(by, index);
    else this.unproven(index, field, `entry ${by} of succession ${succession} is in another export`);
  }

  /** An entry has passed, which erased these keys; undefined for one that erases none. */
  pass(index: number, keys: ErasedKeys | undefined): void {
    for (const [keyId, by] of this.claims.get(index) ?? []) this.judge(index, keyId, by, keys);
    this.claims.delete(index);
  }

  /** The export has ended: what claims on entries are left names none of it. */
  end(): void {
    for (const [by, claims] of this.claims) for (const [, index] of claims) this.refuse(by, index);
  }

  private judge(by: number, keyId: string, index: number, keys: ErasedKeys | undefined): void {
    if (keys === 'unnamed') this.unproven(index, undefined, `entry ${by} names no single keys`);
    else if (keys === 'unknown') this.unproven(index, undefined, `entry ${by} is not shown`);
    else if (keys?.has(keyId) !== true) this.refuse(by, index);
  }

  private refuse(by: number, index: number): void {
    const message = `a field is said to be erased by entry ${by}, which did not erase its key`;
    this.findings.add({ code: 'field.not-erased', effect: 'broken', message, entry: index });
  }

  private unproven(index: number, field: string | undefined, why: string): void {
    const message = `that a field is erased is the operator's word: ${why}`;
    this.findings.add({
      code: 'field.erased-unproven',
      effect: 'notice',
      message,
      entry: index,
      ...(field === undefined ? {} : { field }),
    });
  }
}

/** Of an entry of the type `ORDERED`. */
export function keysErasedBy(entry: EntryJson): ErasedKeys {
  const { keys } = entry.body;
  return Array.isArray(keys) ? new Set(keys.filter((key) => typeof key === 'string')) : 'unnamed';
}
