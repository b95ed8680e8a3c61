/** What a caller can do about a refusal; the HTTP edge maps each kind to one status. */
export type RejectionKind = 'conflict' | 'not-found' | 'invalid' | 'limit';

export interface RejectionMeaning {
  readonly kind: RejectionKind;
  /** One sentence for whoever gets the refusal. */
  readonly means: string;
}

/** Every refusal a decider can give. Codes are public API: one may be added, none is renamed or used again. */
export const rejectionCodes = {
  'access.already-reported': { kind: 'conflict', means: 'This access was reported before, differently.' },
  'access.unknown': { kind: 'not-found', means: 'There is no such access.' },
  'delivery.unknown': { kind: 'not-found', means: 'There is no such delivery.' },
  'erasure.already-complete': { kind: 'conflict', means: 'The erasure was carried out before this.' },
  'erasure.already-confirmed': { kind: 'conflict', means: 'The erasure was confirmed before this.' },
  'erasure.already-declined': { kind: 'conflict', means: 'The erasure was declined before this.' },
  'erasure.already-requested': { kind: 'conflict', means: 'This erasure exists already.' },
  'erasure.held': {
    kind: 'conflict',
    means: 'A hold covers what would be erased; it ends or is released first.',
  },
  'erasure.not-confirmed': { kind: 'conflict', means: 'The erasure was not confirmed.' },
  'erasure.nothing-to-erase': {
    kind: 'conflict',
    means: 'No key of these subjects lives: nothing would be erased.',
  },
  'erasure.same-person': {
    kind: 'conflict',
    means: 'Whoever asked for the erasure can neither confirm nor decline it.',
  },
  'erasure.too-many-sinks': {
    kind: 'conflict',
    means: 'More than 64 sinks would have to be told; some are removed first.',
  },
  'erasure.unknown': { kind: 'not-found', means: 'There is no such erasure.' },
  'grant.already-exists': { kind: 'conflict', means: 'This grant exists already.' },
  'grant.already-expired': { kind: 'conflict', means: 'The grant ended before this.' },
  'grant.already-revoked': { kind: 'conflict', means: 'The grant was revoked before this.' },
  'grant.not-active': { kind: 'conflict', means: 'The grant is not active.' },
  'grant.not-yet-expired': { kind: 'conflict', means: 'The grant has not reached its end.' },
  'grant.period-empty': { kind: 'invalid', means: 'A grant ends after it begins.' },
  'grant.period-too-long': { kind: 'invalid', means: 'A grant lasts 366 days at most.' },
  'grant.reason-missing': { kind: 'invalid', means: 'A grant names its reason.' },
  'grant.unknown': { kind: 'not-found', means: 'There is no such grant.' },
  'grant.unknown-grantee': { kind: 'invalid', means: 'This user is no member of the tenant.' },
  'hold.already-placed': { kind: 'conflict', means: 'This hold exists already.' },
  'hold.already-released': { kind: 'conflict', means: 'The hold was released before this.' },
  'hold.too-many': { kind: 'limit', means: 'The tenant has 5,000 holds that stand; one is released first.' },
  'hold.unknown': { kind: 'not-found', means: 'There is no such hold.' },
  /** Detail names the field, never the value. */
  'input.invalid': { kind: 'invalid', means: 'The event that would record this does not pass its schema.' },
  'key-generation.already-approved': {
    kind: 'conflict',
    means: 'The destruction of this key generation was approved before this.',
  },
  'key-generation.not-begun': {
    kind: 'conflict',
    means: 'The destruction of this key generation was not begun: it is recorded before it is carried out.',
  },
  'key-generation.not-drained': {
    kind: 'conflict',
    means: 'Keys may still be wrapped under this generation.',
  },
  'key-generation.not-requested': {
    kind: 'conflict',
    means: 'Nobody has asked to destroy this key generation.',
  },
  'key-generation.not-retired': { kind: 'conflict', means: 'This key generation is still open.' },
  'key-generation.other-backup': {
    kind: 'conflict',
    means: 'The destruction was requested with another backup.',
  },
  'key-generation.same-person': {
    kind: 'conflict',
    means: 'Whoever asked for the destruction cannot approve it.',
  },
  'member.already-active': { kind: 'conflict', means: 'This person is a member already.' },
  'member.last-owner': { kind: 'conflict', means: 'The tenant would be left without an active owner.' },
  'member.not-active': { kind: 'conflict', means: 'This person is no active member.' },
  'member.unknown': { kind: 'not-found', means: 'There is no such member.' },
  'platform.already-installed': { kind: 'conflict', means: 'The platform is installed already.' },
  'record.too-many-conflicts': { kind: 'limit', means: 'This record was contradicted as often as is kept.' },
  'sink.already-registered': { kind: 'conflict', means: 'This sink exists already.' },
  'sink.already-removed': { kind: 'conflict', means: 'The sink was removed before this.' },
  'sink.too-many': { kind: 'limit', means: 'The tenant has 64 sinks; one is removed first.' },
  'sink.unknown': { kind: 'not-found', means: 'There is no such sink.' },
  'slot.taken': { kind: 'conflict', means: 'The slot belongs to another log.' },
  'store.already-created': { kind: 'conflict', means: 'The store has its first event already.' },
  'stream.full': { kind: 'limit', means: 'What this belongs to has reached 10,000 events.' },
  'subject.other-request': { kind: 'conflict', means: 'This is no answer to what was asked.' },
  'subject.request-answered': { kind: 'conflict', means: 'The request was answered before this.' },
  'subject.request-received': { kind: 'conflict', means: 'This request exists already.' },
  'subject.request-unknown': { kind: 'not-found', means: 'There is no such request.' },
  'succession.expired': {
    kind: 'conflict',
    means: 'The succession of this log was asked for more than seven days ago: it is asked for anew.',
  },
  'succession.not-requested': {
    kind: 'conflict',
    means: 'Nobody has asked for a successor of this log.',
  },
  'succession.other-checkpoint': {
    kind: 'conflict',
    means: 'The succession of this log is about another checkpoint.',
  },
  'succession.same-person': {
    kind: 'conflict',
    means: 'Whoever asked for the succession cannot approve it.',
  },
  'tenant.register-number-taken': {
    kind: 'conflict',
    means:
      'Another tenant has this register number, or was about to be registered with it within the last two days.',
  },
  'tenant.already-registered': { kind: 'conflict', means: 'This tenant is registered already.' },
  'tenant.offboarded': { kind: 'conflict', means: 'The contract with this tenant has ended.' },
  'tenant.profile-unreadable': {
    kind: 'conflict',
    means: 'Values of the profile can no longer be read; give the fields listed anew.',
  },
  'tenant.unknown': { kind: 'not-found', means: 'There is no such tenant.' },
  'time.in-future': { kind: 'invalid', means: 'A time lies more than five minutes ahead.' },
  'time.in-past': { kind: 'invalid', means: 'A time lies more than five minutes back.' },
} as const satisfies Readonly<Record<`${string}.${string}`, RejectionMeaning>>;

export type RejectionCode = keyof typeof rejectionCodes;
