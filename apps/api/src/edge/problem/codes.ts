/** What the edge itself refuses, and with what status. Codes are public API: never renamed, never reused. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

export const edgeCodes = {
  'request.invalid': { status: 400, title: 'A field of the request is not valid.' },
  'request.unknown-field': { status: 400, title: 'The request has a field that this route does not know.' },
  'request.malformed': { status: 400, title: 'The request is not well-formed HTTP.' },
  'request.bad-path': { status: 400, title: 'The path of the request cannot be decoded.' },
  'request.unknown-route': { status: 404, title: 'There is nothing at this path.' },
  'request.method-not-allowed': { status: 405, title: 'This path does not answer this method.' },
  'request.timeout': { status: 408, title: 'The request was not received in time.' },
  'request.too-large': { status: 413, title: 'The body of a request may have 1 MiB, and 1,000 values.' },
  'request.path-too-long': { status: 414, title: 'The path of the request is too long.' },
  'request.media-type-unsupported': {
    status: 415,
    title: 'The body is neither in the media type nor in the encoding of this route.',
  },
  'request.headers-too-large': { status: 431, title: 'The headers of the request are too large.' },
  'request.deadline-passed': {
    status: 503,
    title: 'The request could not be finished in time. Send it again.',
  },
  'json.invalid': { status: 400, title: 'The body is not JSON.' },
  'json.not-utf8': { status: 400, title: 'The body is not UTF-8.' },
  'json.not-an-object': { status: 400, title: 'The body is not a JSON object.' },
  'json.duplicate-member': { status: 400, title: 'An object in the body has the same member twice.' },
  'json.member-name': { status: 400, title: 'A member name is not one that any field of this API has.' },
  'json.too-deep': { status: 400, title: 'The body is nested deeper than 16 levels.' },
  'json.number': { status: 400, title: 'A number in the body is not an integer of at most 2^53−1.' },
  'json.text': { status: 400, title: 'A text in the body is not Unicode, or holds U+0000.' },
  'auth.required': { status: 401, title: 'This route needs credentials.' },
  'auth.rejected': { status: 401, title: 'These credentials are not valid.' },
  'auth.forbidden': { status: 403, title: 'The principal lacks the permission that this route needs.' },
  'tenant.unknown': { status: 404, title: 'There is no such tenant.' },
  'entry.unknown': { status: 404, title: 'There is no such entry in this log.' },
  'erasure.of-tenant': {
    status: 409,
    title: 'This subject is the tenant itself; its data end with its contract, by offboarding.',
  },
  'hold.orders-under-way': {
    status: 503,
    title:
      'An erasure is being ordered at this moment. Send it again: the hold is answered once it is known what came of it.',
  },
  'order.unknown': { status: 404, title: 'There is no such order of an erasure in this log.' },
  'sink.not-itself': {
    status: 403,
    title: 'A sink fetches and confirms by its own credential; nobody does so for it.',
  },
  'checkpoint.unknown': { status: 404, title: 'The log has no checkpoint of this size.' },
  'entry.lost': {
    status: 410,
    title: 'This entry is lost: entry 0 of the log’s successor declares it.',
  },
  'checkpoint.lost': {
    status: 410,
    title:
      'No checkpoint over this can be shown any more: entries of this origin of the log are lost, as entry 0 of its successor declares.',
  },
  'export.head-left-out': {
    status: 409,
    title:
      'An epoch has a smaller head of the log than the export is to begin with. Continue from the size of the last head shown.',
  },
  'message.unknown': { status: 404, title: 'There is no such message in this log.' },
  'anchor.unknown': { status: 404, title: 'The anchor log has no such file, or it is not published yet.' },
  'idempotency.key-required': { status: 400, title: 'A write needs an Idempotency-Key.' },
  'idempotency.key-invalid': {
    status: 400,
    title: 'An Idempotency-Key is 1 to 255 visible ASCII characters.',
  },
  'idempotency.key-reused': { status: 422, title: 'This Idempotency-Key was used for another request.' },
  'position.invalid': { status: 400, title: 'This is not a position of this log.' },
  'cursor.invalid': { status: 400, title: 'This is not a cursor of this list.' },
  'view.behind': { status: 503, title: 'The view has not reached that position yet. Ask again.' },
  'view.failed': { status: 503, title: 'The view stopped and is being repaired.' },
  'event.too-large': { status: 413, title: 'The event would be larger than an entry may be.' },
  'record.conflict': {
    status: 409,
    title: 'A record with this key and other content is stored; the difference was recorded.',
  },
  'record.too-long': { status: 413, title: 'A line may have 65,536 bytes.' },
  'records.encoding-broken': { status: 400, title: 'The compressed body is damaged or ends early.' },
  'records.ratio': { status: 413, title: 'The body unpacks to too many times its size.' },
  'store.unavailable': { status: 503, title: 'The event store cannot be reached. Send it again.' },
  'log.behind': {
    status: 503,
    title:
      'The event store does not have what was signed of it, or nobody has confirmed yet that it does. Nothing is written until then.',
  },
  'vault.unavailable': { status: 503, title: 'The key vault cannot be reached. Send it again.' },
  'database.unavailable': { status: 503, title: 'The database cannot be reached. Send it again.' },
  'service.busy': { status: 503, title: 'Too much of this is asked for at once. Ask again in a moment.' },
  'service.stopping': { status: 503, title: 'This process is stopping. Send it again.' },
  'internal.fault': { status: 500, title: 'Something failed that is not yours. Quote the reference.' },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type EdgeCode = keyof typeof edgeCodes;
