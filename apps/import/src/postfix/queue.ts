import type { DeliveryRecord } from '../record.js';
import { beginMessage, closeAll, isDecided, recordDelivery, type Message } from './message.js';
import { verdictOf } from './outcome.js';
import { createSessions } from './sessions.js';
import type { Delivery, LogLine } from './token.js';

/** What the log held, beside the records: messages seen, and lines that left no record. */
export interface QueueCounts {
  messages: number;
  /** Lines about messages whose beginning is not in the log. */
  withoutBeginning: number;
  /** Status lines of recipients whose outcome was known already. */
  afterOutcome: number;
  /** Recipients whose mail a `discard` transport threw away. */
  discarded: number;
  /** Status lines of address probes. */
  probes: number;
  /** Messages let go because too many were open. */
  evicted: number;
}

export interface QueueOptions {
  /** Relays that are a hand-off and not an outcome, in lower case: host, address, `host[address]:port` or service. */
  readonly handOffs?: ReadonlySet<string>;
  /** Most messages and recipients to hold; beyond it the message untouched for longest is let go. */
  readonly maxHeld?: number;
}

const NOTHING: readonly DeliveryRecord[] = [];

/**
 * The messages that are open at some line of a log, which changes as lines are folded into it.
 *
 * A message begins with cleanup's `message-id=` line and becomes known with the queue manager's first `from=` line. One
 * whose beginning is not in the log is left out and counted: without its Message-ID it has no identity that another
 * import would meet, and its attempts cannot be numbered. The remedy is to give the file before it as well; what was
 * sent earlier is recognised. It ends with `removed`; queue ids recur, so a new `message-id=` line begins a new message.
 */
export class Queue {
  readonly counts: QueueCounts = {
    messages: 0,
    withoutBeginning: 0,
    afterOutcome: 0,
    discarded: 0,
    probes: 0,
    evicted: 0,
  };
  readonly #messages = new Map<string, Message>();
  readonly #sessions = createSessions();
  readonly #handOffs: ReadonlySet<string>;
  readonly #maxHeld: number;
  #held = 0;

  constructor({ handOffs = new Set(), maxHeld = 100_000 }: QueueOptions = {}) {
    this.#handOffs = handOffs;
    this.#maxHeld = maxHeld;
  }

  /** Messages and recipients held now; between two lines never above the bound. */
  get held(): number {
    return this.#held;
  }

  /** Takes the next line; gives the records that follow from it, in the order in which things happened. */
  fold(line: LogLine): readonly DeliveryRecord[] {
    const { host, process, token } = line;
    switch (token.kind) {
      case 'queued':
        this.#begin(host, token.queueId, token.messageId);
        return NOTHING;
      case 'active':
        this.#activate(line, token.queueId, token.sender, token.bytes);
        return NOTHING;
      case 'delivery':
        return this.#deliver(line, token);
      case 'expired':
        return this.#close(line, token.queueId, 'expired');
      case 'requeued': {
        const records = this.#close(line, token.queueId, 'requeued');
        this.#release(`${host} ${token.queueId}`);
        return records;
      }
      case 'removed':
        this.#release(`${host} ${token.queueId}`);
        return NOTHING;
      case 'tls':
        this.#sessions.opened(`${host} ${process}`, token.relay, token.session);
        return NOTHING;
      case 'tls-lost':
        this.#sessions.lost(`${host} ${process}`);
        return NOTHING;
      case 'refused':
      case 'noted':
      case 'foreign':
      case 'unknown':
        return NOTHING;
    }
  }

  #begin(host: string, queueId: string, messageId: string | null): void {
    const id = `${host} ${queueId}`;
    this.#release(id);
    this.#messages.set(id, beginMessage(host, queueId, messageId));
    this.#held += 1;
    this.#evict();
  }

  #activate({ at, host }: LogLine, queueId: string, sender: string | null, bytes: number | null): void {
    const message = this.#touch(`${host} ${queueId}`);
    if (message === undefined || message.acceptance !== undefined) return;
    message.acceptance = { acceptedAt: toTime(at), sender, bytes };
    this.counts.messages += 1;
  }

  #deliver({ at, host, process }: LogLine, delivery: Delivery): readonly DeliveryRecord[] {
    const session = this.#sessions.use(`${host} ${process}`, delivery.relay, delivery.queueId);
    const verdict = verdictOf(delivery, this.#handOffs);
    const message = this.#touch(`${host} ${delivery.queueId}`);
    if (verdict === 'probe') {
      this.counts.probes += 1;
      return NOTHING;
    }
    if (message?.acceptance === undefined) return NOTHING;
    if (isDecided(message, delivery.recipient)) {
      this.counts.afterOutcome += 1;
      return NOTHING;
    }
    if (verdict === 'discarded') this.counts.discarded += 1;
    const before = message.recipients.size;
    const records = recordDelivery(message, message.acceptance, toTime(at), delivery, verdict, session);
    this.#held += message.recipients.size - before;
    this.#evict();
    return records;
  }

  #close({ at, host }: LogLine, queueId: string, why: 'expired' | 'requeued'): readonly DeliveryRecord[] {
    const message = this.#touch(`${host} ${queueId}`);
    return message === undefined ? NOTHING : closeAll(message, toTime(at), why);
  }

  /** Finds a message and makes it the last to be let go. */
  #touch(id: string): Message | undefined {
    const message = this.#messages.get(id);
    if (message === undefined) {
      this.counts.withoutBeginning += 1;
      return undefined;
    }
    this.#messages.delete(id);
    this.#messages.set(id, message);
    return message;
  }

  #release(id: string): void {
    const message = this.#messages.get(id);
    if (message === undefined) return;
    this.#held -= 1 + message.recipients.size;
    this.#messages.delete(id);
  }

  #evict(): void {
    for (const id of this.#messages.keys()) {
      if (this.#held <= this.#maxHeld) return;
      this.#release(id);
      this.counts.evicted += 1;
    }
  }
}

function toTime(at: number): string {
  return new Date(at).toISOString();
}
