import { concat, requireLength, u32, utf8 } from './encoding.js';
import { hmac } from './hash.js';
import { canonicalize, type Json } from './jcs.js';
import { uuid16, uuid8 } from './uuid.js';

/**
 * D(label, x) = uuid8(HMAC(K_id, label ‖ x)) (formats v1 §1.6): an id that anyone with K_id can compute again and
 * nobody without it can tell from a random one.
 * @param kId 32 bytes; of the log, or of the platform for a null log
 * @param label ASCII, ends in a newline
 */
export function deriveId(kId: Uint8Array, label: `candor-${string}/v1\n`, x: Uint8Array): string {
  requireLength(kId, 32, 'K_id');
  return uuid8(hmac(kId, utf8(label), x));
}

/** Who sent a request, where to, and the key it wants to be repeated under. */
export interface RequestIdentity {
  /** `<kind>:<id>` of the authenticated principal. */
  readonly principal: string;
  /** Method and concrete path, `POST /v1/tenants`. */
  readonly route: string;
  readonly idempotencyKey: string;
}

/** The id of a request's command. For a registration, kId is the platform's. */
export function requestCommandId(kId: Uint8Array, request: RequestIdentity): string {
  return derived(kId, 'candor-command/v1\n', [request.principal, request.route, request.idempotencyKey]);
}

/**
 * The id of the nth thing (0-based) that a command creates: a stream, a tenant.
 * @param command the command's id
 */
export function createdId(kId: Uint8Array, command: string, n: number): string {
  return deriveId(kId, 'candor-created/v1\n', concat(uuid16(command), u32(n)));
}

/** What names a record that a source reports, and may report again. */
export interface RecordIdentity {
  /** The authenticated service's id, never what the line claims. */
  readonly reporter: string;
  /** The source's key of the record; for deliveries the message's. */
  readonly recordKey: string;
  /** The subject the record is kept per; null where it is per record, and for `messageId`. */
  readonly subjectId: string | null;
}

/** The uuid of the stream of a reported record; with subjectId null also a delivery's `messageId`. */
export function sourceRecordId(kId: Uint8Array, record: RecordIdentity): string {
  return derived(kId, 'candor-source/v1\n', [record.reporter, record.recordKey, record.subjectId]);
}

/** The id of the command of one reported line; `lineKey` is the line's own key. */
export function recordCommandId(
  kId: Uint8Array,
  record: RecordIdentity & { readonly lineKey: string },
): string {
  return derived(kId, 'candor-record/v1\n', [
    record.reporter,
    record.recordKey,
    record.subjectId,
    record.lineKey,
  ]);
}

/** What made a reactor act. */
export interface Reaction {
  readonly reactor: string;
  /** The id of the event that caused it. */
  readonly cause: string;
  /** 0-based: which of the commands this cause gives rise to. */
  readonly n: number;
}

/** The id of a reactor's command. */
export function reactionCommandId(kId: Uint8Array, reaction: Reaction): string {
  return derived(kId, 'candor-reaction/v1\n', [reaction.reactor, reaction.cause, reaction.n]);
}

function derived(kId: Uint8Array, label: `candor-${string}/v1\n`, parts: Json): string {
  return deriveId(kId, label, canonicalize(parts));
}
