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

/** @param recipient the subject of a delivery's recipient; null for an access */
export function identityOf(
  kId: Uint8Array,
  reporter: Uuid,
  { type, recordKey, key }: Pick<RecordLine, 'type' | 'recordKey' | 'key'>,
  recipient: Uuid | null,
): RecordIdentity {
  const record = { reporter, recordKey, subjectId: recipient };
  const category = type === 'access.data-accessed' ? 'access' : 'message';
  const source = sourceRecordId(kId, record);
  return {
    stream: `${category}-${source}`,
    commandId: recordCommandId(kId, { ...record, lineKey: key }),
    messageId: recipient === null ? source : sourceRecordId(kId, { ...record, subjectId: null }),
  };
}
