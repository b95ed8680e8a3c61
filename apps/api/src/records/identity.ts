import { recordCommandId, sourceRecordId } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import type { RecordLine } from './line/line-schema.js';

/** Where a record belongs: the same for a record that is sent again (formats v1 §1.6). */
export interface RecordIdentity {
  readonly stream: string;
  readonly commandId: Uuid;
  /** Of a delivery: the message, the same for all its recipients. */
  readonly messageId: Uuid;
}

/** Where the records of one reporter in one log belong. What several lines share (a message, its recipient) is derived once. */
export class Identities {
  private readonly known = new Map<string, Uuid>();

  constructor(
    private readonly kId: Uint8Array,
    private readonly reporter: Uuid,
  ) {}

  /** @param recipient the subject of a delivery's recipient; null for an access */
  of(
    { type, recordKey, key }: Pick<RecordLine, 'type' | 'recordKey' | 'key'>,
    recipient: Uuid | null,
  ): RecordIdentity {
    const category = type === 'access.data-accessed' ? 'access' : 'message';
    const source = this.source(recordKey, recipient);
    const record = { reporter: this.reporter, recordKey, subjectId: recipient, lineKey: key };
    return {
      stream: `${category}-${source}`,
      commandId: recordCommandId(this.kId, record),
      messageId: recipient === null ? source : this.source(recordKey, null),
    };
  }

  private source(recordKey: string, subjectId: Uuid | null): Uuid {
    // A key has no space.
    const name = `${recordKey} ${subjectId ?? ''}`;
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const derived = sourceRecordId(this.kId, { reporter: this.reporter, recordKey, subjectId });
    this.known.set(name, derived);
    return derived;
  }
}
