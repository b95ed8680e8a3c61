/** An entry as the audit log answers it; only what the story tells. */
export interface AuditEntry {
  readonly index: number;
  /** Which of the log's origins: 0 unless the log was succeeded. */
  readonly succession: number;
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: { readonly kind: string; readonly name: unknown };
  readonly flagged: { readonly missing: string } | null;
  readonly body: Readonly<Record<string, unknown>>;
}

const WHY: Readonly<Record<string, string>> = {
  'no-grant': 'no grant at all',
  'unknown-grant': 'the grant named does not exist',
  'other-grantee': 'the grant is somebody else’s',
  'outside-scope': 'outside what the grant covers',
  'level-too-low': 'the grant does not go that far',
  'not-yet-valid': 'before the grant began',
  expired: 'after the grant ended',
  revoked: 'after the grant was revoked',
};

/** One line a person can read. */
export function describeEntry(entry: AuditEntry): string {
  const name = typeof entry.actor.name === 'string' ? entry.actor.name : `a ${entry.actor.kind}`;
  const flag =
    entry.flagged === null ? '' : `   ⚑ NOT COVERED: ${WHY[entry.flagged.missing] ?? entry.flagged.missing}`;
  const place = entry.succession === 0 ? `${entry.index}` : `${entry.succession}/${entry.index}`;
  return `#${place}  ${entry.recordedAt}  ${name} ${deed(entry)}${flag}`;
}

function deed({ type, body }: AuditEntry): string {
  if (type === 'access.data-accessed') {
    const what =
      typeof body['purposeText'] === 'string' ? `“${body['purposeText']}”` : String(body['operation']);
    return `${what} (${String(body['level'])})`;
  }
  if (type === 'log.queried') {
    return `read the ${String(body['view'])}: ${String(body['count'])} entries, from a log of ${String(body['size'])}`;
  }
  if (type === 'log.succeeded') return `declared that entries were lost for good: ${loss(body)}`;
  return type;
}

/** What a log's successor says of the one before it. */
function loss({ cause, previous }: AuditEntry['body']): string {
  const size = typeof previous === 'string' ? previous.split('\n')[1] : undefined;
  return `the log had ${size ?? 'some'} that were signed (${String(cause)}), and begins again here`;
}
