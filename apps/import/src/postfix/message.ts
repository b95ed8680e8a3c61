import { createHash } from 'node:crypto';
import { bounded, type DeliveryRecord, type RecordHead } from '../record.js';
import { outcomeRecord, replyOf, type Verdict } from './outcome.js';
import { parseRelay } from './relay.js';
import type { Delivery, TlsSession } from './token.js';

interface Recipient {
  attempts: number;
  decided: boolean;
  /** The last deferral's, for an expiry. */
  status: string;
  diagnostic: string | null;
}

/** What the queue manager says when a message becomes active. */
export interface Acceptance {
  readonly sender: string | null;
  readonly bytes: number | null;
  /** The first time it became active, which is right after it was accepted. */
  readonly acceptedAt: string;
}

/** A message between its `message-id=` line and its `removed` line. */
export interface Message {
  readonly recordKey: string;
  readonly messageId: string | null;
  /** Undefined until the queue manager has it. */
  acceptance: Acceptance | undefined;
  readonly recipients: Map<string, Recipient>;
}

/** A Message-ID that can stand in a key as it is; the sender makes it, so it may be anything. */
const PLAIN = /^[\x21-\x7e]{0,200}$/;
/** An address by its last part only: a name of this host alone, or what a sender made up, is none. */
const ADDRESS = /.@(?:\[[A-Za-z0-9.:-]+\]|[^\s<>@"\\]+)$/;

/** A message's identity is host, queue id and Message-ID; one that is long or not plain ASCII is named by its digest. */
export function beginMessage(host: string, queueId: string, messageId: string | null): Message {
  const name = messageId ?? '';
  const plain = PLAIN.test(name) ? name : `sha256:${createHash('sha256').update(name).digest('hex')}`;
  return {
    recordKey: `${host}/${queueId}/${plain}`,
    messageId: bounded(name),
    acceptance: undefined,
    recipients: new Map(),
  };
}

/** Whether a recipient's outcome is known: what the log says of it afterwards changes nothing. */
export function isDecided(message: Message, recipient: string): boolean {
  return message.recipients.get(nameOf(recipient))?.decided === true;
}

/** Addresses that differ in the case of ASCII letters only are one recipient to Candor, so that they must be one here. */
function nameOf(recipient: string): string {
  return recipient.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * The records of one status line: an attempt and what it brought. As Postfix counts, every status line is an attempt, also
 * where no connection came about. Postfix logs no recipients when it accepts a message, so
 * a recipient's first status line brings its acceptance with it. Two original recipients that lead to one address
 * are one recipient.
 */
export function recordDelivery(
  message: Message,
  acceptance: Acceptance,
  occurredAt: string,
  delivery: Delivery,
  verdict: Verdict,
  tls: TlsSession | null,
): readonly DeliveryRecord[] {
  const known = message.recipients.get(nameOf(delivery.recipient));
  const recipient = known ?? { attempts: 0, decided: false, status: '4.0.0', diagnostic: null };
  if (known === undefined) message.recipients.set(nameOf(delivery.recipient), recipient);
  const attempt = (recipient.attempts += 1);
  const { recordKey } = message;
  const head: RecordHead = {
    recordKey,
    key: `attempt-${attempt}`,
    occurredAt,
    recipient: delivery.recipient,
  };
  const records = known === undefined ? [accepted(message, acceptance, delivery)] : [];
  records.push({
    ...head,
    type: 'delivery.attempted',
    attempt,
    remoteMta: parseRelay(delivery.relay),
    tls,
    reply: replyOf(delivery),
    delayMs: delivery.delayMs,
  });
  const outcome = outcomeRecord(verdict, head, attempt, delivery);
  if (outcome !== undefined) records.push(outcome);
  recipient.decided = verdict !== 'deferred';
  if (outcome?.type === 'delivery.deferred') {
    recipient.status = outcome.status;
    recipient.diagnostic = outcome.diagnostic;
  }
  return records;
}

/** Direction is as seen from this host: outbound is handed to another server, inbound is stored here. */
function accepted(message: Message, acceptance: Acceptance, delivery: Delivery): DeliveryRecord {
  const { agent, recipient, originalAddress } = delivery;
  const inbound = agent === 'local' || agent === 'virtual' || agent === 'lmtp';
  return {
    recordKey: message.recordKey,
    key: 'accepted',
    occurredAt: acceptance.acceptedAt,
    recipient,
    type: 'delivery.accepted',
    sender: acceptance.sender !== null && ADDRESS.test(acceptance.sender) ? acceptance.sender : null,
    bytes: acceptance.bytes,
    direction: inbound ? 'inbound' : agent === 'smtp' ? 'outbound' : null,
    sourceMessageId: message.messageId,
    originalAddress,
  };
}

/**
 * Closes every recipient still waiting, because of what befell the whole message: the queue manager gave up on it (failed,
 * with the code of the last deferral), or the operator put it back at the start (relayed: it goes on under another
 * queue id).
 */
export function closeAll(
  message: Message,
  occurredAt: string,
  why: 'expired' | 'requeued',
): readonly DeliveryRecord[] {
  const records: DeliveryRecord[] = [];
  for (const [address, recipient] of message.recipients) {
    if (recipient.decided) continue;
    recipient.decided = true;
    const head = { recordKey: message.recordKey, key: why, occurredAt, recipient: address, attempt: null };
    const { status, diagnostic } = recipient;
    records.push(
      why === 'expired'
        ? { ...head, type: 'delivery.failed', action: 'failed', status, reason: 'timed-out', diagnostic }
        : { ...head, type: 'delivery.relayed', action: 'relayed', status: '2.0.0', diagnostic: 'requeued' },
    );
  }
  return records;
}
