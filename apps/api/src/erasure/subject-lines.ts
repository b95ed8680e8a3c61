import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import { Semaphore } from '../edge/semaphore.js';
import { EntryReader } from '../log/shown/entry-reader.js';
import { VIEWS } from '../ports.js';
import type { Named, Views } from '../views/views.js';

/** Entries looked at by one statement: of somebody whom every entry names, all of them come back. */
const SPAN = 2_000;
/** Entries opened at a time. */
const PAGE = 200;
/** Spans read and pages opened at once, over all exports for people: what bounds the memory. */
const AT_ONCE = 4;

/**
 * The entries that name or concern subjects, a line each; as they were when the log had `size` entries. Opened is what is
 * sealed under their keys: what an entry tells of others is withheld (GDPR Art. 15(4)). Then who was shown or given such
 * entries (Art. 15(1)(c)), by id.
 */
@Injectable()
export class SubjectLines {
  private readonly gate = new Semaphore(AT_ONCE);

  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(EntryReader) private readonly reader: EntryReader,
  ) {}

  async *of(tenant: Uuid, named: Named, size: number): AsyncGenerator<string> {
    yield line({ t: 'subjects', v: 1, subjects: named.subjects, size });
    const keys = new Set(named.keys);
    let count = 0;
    for (let from = 0; from < size; from += SPAN) {
      const span = { from, to: Math.min(from + SPAN, size) };
      const found = await this.gate.run(() => this.views.naming(tenant, named, span));
      for (let start = 0; start < found.length; start += PAGE) {
        const page = found.slice(start, start + PAGE);
        const stored = page.map((one) => one.stored);
        const shown = await this.gate.run(() => this.reader.read(stored, keys));
        for (const [n, entry] of shown.entries()) {
          const { index, succession = 0 } = page[n] ?? {};
          yield line({ t: 'entry', i: index, ...(succession === 0 ? {} : { succession }), ...entry });
        }
        count += page.length;
      }
    }
    const keyed = named.keys.map((keyId) => ({ keyId, subject: null }));
    const { readers, more } = await this.views.readersOf(tenant, { subjects: named.subjects, keys: keyed });
    for (const reader of readers) yield line({ t: 'reader', ...reader });
    yield line({ t: 'end', entries: count, readers: readers.length, more });
  }
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
