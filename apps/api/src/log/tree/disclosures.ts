import { Inject, Injectable } from '@nestjs/common';
import type { Field } from '@candor/crypto/verify';
import { Codec, CorruptEntry, decodeEntry, type DisclosedField } from '@candor/event-store';
import type { Erasers, LogEntry } from '@candor/read-models';
import type { Logger } from 'pino';
import { LOGGER } from '../../ports.js';

/** Personal values of entries with what proves them, at the moment they are asked for. */
@Injectable()
export class Disclosures {
  constructor(
    @Inject(Codec) private readonly codec: Codec,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Of each entry, in order, one item for each personal field. */
  async of(entries: readonly LogEntry[], erasers: Erasers): Promise<readonly (readonly Field[])[]> {
    const decoded = entries.map(({ id, type, entry, metadata }) => {
      const { stream } = JSON.parse(Buffer.from(entry).toString()) as { readonly stream: string };
      return decodeEntry({ id, type, stream, data: entry, metadata });
    });
    const fields = await this.codec.disclose(decoded, ({ json }, error) => {
      const finding = error instanceof CorruptEntry ? error.finding : 'unknown';
      this.logger.error({ entry: json.id, finding }, 'an entry cannot be opened');
    });
    return fields.map((of) => of.map((field) => shown(field, erasers)));
  }
}

function shown(field: DisclosedField, erasers: Erasers): Field {
  const { path } = field;
  if ('salt' in field) return { path, salt: field.salt, value: field.value };
  if (field.state === 'lost') return { path, state: 'lost' };
  const eraser = erasers.get(field.by ?? '');
  // Ordered by an entry that comes after what is shown, or is not in the view yet: the next file says which.
  return eraser === undefined ? { path, state: 'withheld' } : { path, state: 'erased', ...eraser };
}
