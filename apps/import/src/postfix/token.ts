/** The TLS session of a connection, from the log's own words. */
export interface TlsSession {
  readonly version: string;
  readonly cipher: string;
  readonly bits: number;
  readonly verification: 'verified' | 'trusted' | 'untrusted' | 'anonymous';
}

/** The words Postfix uses for `status=`, in lower case. */
export const STATUSES = [
  'sent',
  'deferred',
  'softbounce',
  'bounced',
  'expired',
  'force-expired',
  'deliverable',
  'undeliverable',
] as const;

/** One recipient's status line, as logged. */
export interface Delivery {
  readonly kind: 'delivery';
  readonly queueId: string;
  readonly recipient: string;
  readonly originalAddress: string | null;
  /** The delivery agent: smtp, lmtp, local, virtual, pipe, error, discard. */
  readonly agent: string;
  readonly relay: string;
  /** Since the message arrived; null where it cannot be read. */
  readonly delayMs: number | null;
  /** RFC 3463 code as logged, or null. */
  readonly dsn: string | null;
  readonly status: (typeof STATUSES)[number];
  /** What stands in parentheses: the remote's reply or Postfix's own words. */
  readonly text: string;
}

/** What one line of a mail log says. */
export type Token =
  | { readonly kind: 'queued'; readonly queueId: string; readonly messageId: string | null }
  | {
      readonly kind: 'active';
      readonly queueId: string;
      readonly sender: string | null;
      readonly bytes: number | null;
    }
  | Delivery
  | { readonly kind: 'tls'; readonly relay: string; readonly session: TlsSession }
  | { readonly kind: 'tls-lost'; readonly queueId: string }
  | { readonly kind: 'expired'; readonly queueId: string }
  /** The operator put the message back at the start: it goes on under another queue id. */
  | { readonly kind: 'requeued'; readonly queueId: string }
  /** The queue file is gone: delivered, bounced, refused before acceptance, or taken out by the operator. */
  | { readonly kind: 'removed'; readonly queueId: string }
  /** A client was refused; there is no message. */
  | { readonly kind: 'refused' }
  /** Understood, and no fact about a delivery. */
  | { readonly kind: 'noted' }
  /** Another program's line. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unknown' };

/** A line's place and time, and what it says. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly host: string;
  /** Program and process id: what one process logs belongs together. */
  readonly process: string;
  readonly token: Token;
}
