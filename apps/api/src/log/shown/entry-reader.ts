import { Inject, Injectable } from '@nestjs/common';
import { catalogue, type Recorded, targetOf } from '@candor/domain';
import { Codec, CorruptEntry, decodeEntry, type Entry } from '@candor/event-store';
import type { StoredEntry } from '@candor/read-models';
import type { Logger } from 'pino';
import { LOGGER, VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import { withErasers } from './erasers.js';
import type { ShownEntry } from './shown-entry.js';

/** Opens entries for people to read: personal values at the moment of the query, never from a view. */
@Injectable()
export class EntryReader {
  constructor(
    @Inject(Codec) private readonly codec: Codec,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(VIEWS) private readonly views: Pick<Views, 'indexes'>,
  ) {}

  /**
   * In order. What this build does not know is shown as it is stored; what is damaged says so and hides nothing else.
   * @param only ids of the keys whose values are shown, where not all are
   */
  async read(stored: readonly StoredEntry[], only?: ReadonlySet<string>): Promise<readonly ShownEntry[]> {
    const entries = stored.map(decodeEntry);
    const known = entries.filter(isKnown);
    const opened = new Map<Entry, Recorded | CorruptEntry>();
    (await this.open(known, only)).forEach((recorded, i) => {
      const entry = known[i];
      if (entry !== undefined) opened.set(entry, recorded);
    });
    const shown = entries.map((entry) => show(entry, opened.get(entry)));
    return withErasers(
      entries.map(({ json }) => json.log),
      shown,
      this.views,
    );
  }

  private async open(
    entries: readonly Entry[],
    only: ReadonlySet<string> | undefined,
  ): Promise<readonly (Recorded | CorruptEntry)[]> {
    try {
      return await this.codec.open(entries, 'list', only);
    } catch (error) {
      if (!(error instanceof CorruptEntry)) throw error;
      if (entries.length > 1)
        return (await Promise.all(entries.map((entry) => this.open([entry], only)))).flat();
      this.logger.error({ entry: error.id, finding: error.finding }, 'an entry cannot be opened');
      return [error];
    }
  }
}

function isKnown({ json }: Entry): boolean {
  const type = catalogue.get(json.type);
  return type !== undefined && json.schema <= type.schema;
}

function show(entry: Entry, opened: Recorded | CorruptEntry | undefined): ShownEntry {
  const { id, type, schema, stream, occurredAt, recordedAt, outcome, correlation, body } = entry.json;
  const target = targetOf(type, body, stream);
  const common = { id, type, schema, occurredAt, recordedAt, outcome, correlation, target };
  if (opened !== undefined && !(opened instanceof Error)) {
    const { actor, source, authorization, reason } = opened.context;
    return { ...common, actor, source, authorization, reason, body: opened.event.body };
  }
  const { actor, source, authorization, reason } = entry.json;
  const closed = { actor, source, authorization, reason, body };
  const shown = withheld(closed) as typeof closed;
  return { ...common, ...shown, ...(opened === undefined ? {} : { fault: opened.finding }) };
}

/** Commitments as what they stand for: a value that is not shown. */
function withheld(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withheld);
  if (typeof value !== 'object' || value === null) return value;
  if ('$c' in value) return { state: 'withheld' };
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withheld(member)]));
}
