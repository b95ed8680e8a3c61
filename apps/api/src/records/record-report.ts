import { b64, canonicalize, hmac, reactionCommandId, sha256 } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import type { RecordLine } from './line/line-schema.js';

/** UTF-16 units a conflict's report may have (docs/event-table.md). */
const REPORT_LIMIT = 16_384;

/** A record as it was reported, as canonical JSON text. One too long to be kept is named by its digest. */
export function reportOf(record: RecordLine): string {
  const bytes = canonicalize(record);
  const text = Buffer.from(bytes).toString('utf8');
  if (text.length <= REPORT_LIMIT) return text;
  return `{"bytes":${bytes.length},"sha256":"${b64(sha256(bytes))}"}`;
}

/**
 * The command that records a conflict: the same differing report of the same record stores nothing more. `n` is 48 bits
 * that tell one report from another in its log.
 */
export function conflictCommandId(kId: Uint8Array, storedEvent: Uuid, report: string): Uuid {
  const n = Buffer.from(hmac(kId, Buffer.from(report, 'utf8'))).readUIntBE(0, 6);
  return reactionCommandId(kId, { reactor: 'record-conflict', cause: storedEvent, n });
}
