/** What a caller can do about a refusal; the HTTP edge maps each kind to one status. */
export type RejectionKind = 'conflict' | 'not-found' | 'invalid' | 'forbidden' | 'gone' | 'limit';

/** Every refusal a decider can give. Codes are public API: one may be added, none is renamed or used again. */
export const rejectionCodes = {
  'access.already-reported': 'conflict',
  'access.unknown': 'not-found',
  'delivery.unknown': 'not-found',
  'grant.already-exists': 'conflict',
  'grant.already-expired': 'conflict',
  'grant.already-revoked': 'conflict',
  'grant.not-active': 'conflict',
  'grant.not-yet-expired': 'conflict',
  'grant.period-empty': 'invalid',
  'grant.period-too-long': 'invalid',
  /** A grant says what it is for: `reason.code` of the entry. */
  'grant.reason-missing': 'invalid',
  'grant.unknown': 'not-found',
  /** The event that would record it does not pass its schema; detail names the field, never the value. */
  'input.invalid': 'invalid',
  'member.already-active': 'conflict',
  /** The tenant would be left without an active owner. */
  'member.last-owner': 'conflict',
  'member.not-active': 'conflict',
  'member.unknown': 'not-found',
  'platform.already-installed': 'conflict',
  'record.too-many-conflicts': 'limit',
  'slot.taken': 'conflict',
  'store.already-created': 'conflict',
  'stream.full': 'limit',
  'tenant.already-registered': 'conflict',
  /** A value kept from before can no longer be read; detail lists the fields to give anew. */
  'tenant.profile-unreadable': 'conflict',
  'tenant.unknown': 'not-found',
  /** More than five minutes ahead of the command's time. */
  'time.in-future': 'invalid',
  /** More than five minutes behind the command's time. */
  'time.in-past': 'invalid',
} as const satisfies Readonly<Record<`${string}.${string}`, RejectionKind>>;

export type RejectionCode = keyof typeof rejectionCodes;
