import { bounded, type DeliveryRecord, type Failed, type RecordHead } from '../record.js';
import { isLoopback, parseRelay } from './relay.js';
import type { Delivery } from './token.js';

/** What a status line decides for its recipient. */
export type Verdict = 'delivered' | 'relayed' | 'deferred' | 'failed' | 'discarded' | 'probe';

/**
 * Reads a status line's verdict.
 *
 * `sent` is `delivered` when the next server accepted the message: from there on it is that server's to report (RFC 5321
 * section 6.1), and this is how mail platforms use the word. It is `relayed` (RFC 3464 section 2.3.3: no later report will
 * come under this queue id) when the message stays in the operator's own hands under another queue id, where its story goes
 * on with the same Message-ID: a content filter or another instance on this machine, an alias that forwards, a requeue by the operator, and any
 * relay in `handOffs` (a smarthost, or a pipe service that re-injects).
 * The `discard` agent says `sent` too, of mail that nobody gets; that is not passed on as a delivery.
 * Address probes (`deliverable`, `undeliverable`) are not messages. The parser lets no other status through.
 */
export function verdictOf(delivery: Delivery, handOffs: ReadonlySet<string>): Verdict {
  switch (delivery.status) {
    case 'sent':
      if (delivery.agent === 'discard') return 'discarded';
      return isHandOff(delivery, handOffs) ? 'relayed' : 'delivered';
    case 'deferred':
    case 'softbounce':
      return 'deferred';
    case 'bounced':
    case 'expired':
    case 'force-expired':
      return 'failed';
    case 'deliverable':
    case 'undeliverable':
      return 'probe';
  }
}

function isHandOff({ agent, relay, text }: Delivery, handOffs: ReadonlySet<string>): boolean {
  if (agent === 'local') return text.startsWith('forwarded as ');
  const remote = parseRelay(relay);
  const names = [relay, remote?.host, remote?.ip].filter((name) => name !== null && name !== undefined);
  if (names.some((name) => handOffs.has(name.toLowerCase()))) return true;
  if (remote === null || !isLoopback(remote.ip)) return false;
  // A local LMTP server is a mail store, unless it says that it queued the message again.
  return agent === 'smtp' || text.includes(' queued as ');
}

/** The remote's own reply: what a status line quotes, without Postfix's words around it; null where it quotes none. */
export function replyOf({ agent, text }: Delivery): string | null {
  if (agent !== 'smtp' && agent !== 'lmtp') return null;
  const quoted = /^host \S+ (?:said|refused to talk to me): (.*)$/s.exec(text)?.[1] ?? text;
  return /^\d{3}[ -]/.test(quoted) ? bounded(quoted.replace(/ \(in reply to [^()]*\)$/, '')) : null;
}

/** The record of a verdict that decides or defers; undefined for the others. */
export function outcomeRecord(
  verdict: Verdict,
  head: RecordHead,
  attempt: number,
  { dsn, text }: Delivery,
): DeliveryRecord | undefined {
  const diagnostic = bounded(text);
  const keyed = { ...head, key: `attempt-${attempt}-${verdict}` };
  switch (verdict) {
    case 'delivered':
      return {
        ...keyed,
        type: 'delivery.delivered',
        attempt,
        action: 'delivered',
        status: inClass('2', dsn),
        diagnostic,
      };
    case 'relayed':
      return {
        ...keyed,
        type: 'delivery.relayed',
        attempt,
        action: 'relayed',
        status: inClass('2', dsn),
        diagnostic,
      };
    case 'deferred':
      return {
        ...keyed,
        type: 'delivery.deferred',
        attempt,
        action: 'delayed',
        status: inClass('4', dsn),
        diagnostic,
      };
    case 'failed': {
      const status = dsn?.startsWith('4.') === true ? dsn : inClass('5', dsn);
      return {
        ...keyed,
        type: 'delivery.failed',
        attempt,
        action: 'failed',
        status,
        reason: reasonOf(status),
        diagnostic,
      };
    }
    case 'discarded':
    case 'probe':
      return undefined;
  }
}

/** Postfix says the class in `status=` as well; where the two differ (a soft bounce), that one decides. */
function inClass(digit: '2' | '4' | '5', dsn: string | null): string {
  return dsn === null ? `${digit}.0.0` : `${digit}${dsn.slice(1)}`;
}

const REASONS: Readonly<Record<string, Failed['reason']>> = { 1: 'invalid', 2: 'mailbox', 7: 'policy' };

/** From the subject of the code (RFC 3463 section 3): 1 addressing, 2 mailbox, 7 policy; 4.7 is an expiry. */
function reasonOf(status: string): Failed['reason'] {
  if (/^[45]\.4\.7$/.test(status)) return 'timed-out';
  return REASONS[status.split('.')[1] ?? ''] ?? 'other';
}
