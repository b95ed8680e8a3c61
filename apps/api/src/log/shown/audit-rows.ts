import { Inject, Injectable } from '@nestjs/common';
import type { AuditRow } from '@candor/read-models';
import type { EntryAnswer } from './entry.answer.js';
import { EntryReader } from './entry-reader.js';
import type { Answer } from '../../edge/openapi/answer.js';

/** Rows of the audit log as they are answered. */
@Injectable()
export class AuditRows {
  constructor(@Inject(EntryReader) private readonly reader: EntryReader) {}

  async read(rows: readonly AuditRow[]): Promise<readonly Answer<EntryAnswer>[]> {
    const shown = await this.reader.read(rows.map(({ stored }) => stored));
    return rows.flatMap(({ index, succession, flagged }, i) => {
      const entry = shown[i];
      return entry === undefined ? [] : [{ index, succession, ...entry, flagged }];
    });
  }
}
