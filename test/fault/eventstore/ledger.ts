import { randomUUID } from 'node:crypto';
import { ANY, binaryEvent, EventStoreDBClient, type ResolvedEvent } from '@eventstore/db-client';

const LANES = 32;
const MOST_EVENTS = 4;
const MOST_BYTES = 20_000;
const CLOSE_MS = 200;
const GONE = ['unavailable', 'cancelled'];
/** Not committed in its time, and so not acknowledged. */
const LATE = ['timeout', 'deadline-exceeded'];

/** What an event says of itself, so that a half-written append can be told from a whole one. */
interface Label {
  readonly append: string;
  readonly part: number;
  readonly parts: number;
}

/** What was acknowledged to the writers, and what has been found of it. */
export class Ledger {
  /** By the id of the append, the position of its last event. */
  readonly #acknowledged = new Map<string, bigint>();
  #lane = 0;

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Appends from all lanes until the node is gone; `started` hears of every acknowledgement. */
  async writeUntilGone(url: string, acknowledged: () => void = () => undefined): Promise<void> {
    await withClient(url, async (client) => {
      await Promise.all(
        Array.from({ length: LANES }, async (_, lane) => {
          // A new stream now and then.
          const stream = `lane-${lane}-${Math.floor(this.#lane++ / (LANES * 10))}`;
          for (;;)
            try {
              await this.#append(client, stream);
              acknowledged();
            } catch (error) {
              const { type = '' } = error as { type?: string };
              if (GONE.includes(type)) return;
              if (!LATE.includes(type)) throw error;
            }
        }),
      );
    });
  }

  async #append(client: EventStoreDBClient, stream: string): Promise<void> {
    const append = randomUUID();
    const parts = 1 + Math.floor(Math.random() * MOST_EVENTS);
    const events = Array.from({ length: parts }, (_, part) =>
      binaryEvent({
        type: 'fault.written',
        data: new Uint8Array(Math.floor(Math.random() ** 4 * MOST_BYTES)).fill(part),
        metadata: Uint8Array.from(Buffer.from(JSON.stringify({ append, part, parts } satisfies Label))),
      }),
    );
    const { position } = await client.appendToStream(stream, events, { expectedRevision: ANY });
    this.#acknowledged.set(append, position?.commit ?? -1n);
  }

  /**
   * Reads a whole log through the stock client, and holds it against what was acknowledged.
   * @returns how many acknowledged appends were found, and what is wrong, in words
   */
  async verify(url: string): Promise<{ readonly found: number; readonly faults: readonly string[] }> {
    const faults: string[] = [];
    const revisions = new Map<string, bigint>();
    let found = 0;
    let last = 0n;
    let open: Label | undefined;
    await withClient(url, async (client) => {
      for await (const resolved of client.readAll()) {
        const { streamId, revision, position, label } = read(resolved);
        if (position !== last + 1n) faults.push(`after position ${last} comes ${position}`);
        if (revision !== (revisions.get(streamId) ?? -1n) + 1n)
          faults.push(`${streamId} has a gap at ${revision}`);
        revisions.set(streamId, revision);
        last = position;
        const follows = open === undefined ? label.part === 0 : isNext(open, label);
        if (!follows) faults.push(`half an append at position ${position}`);
        open = label.part + 1 < label.parts ? label : undefined;
        if (open !== undefined) continue;
        const at = this.#acknowledged.get(label.append);
        if (at === undefined) continue;
        found += 1;
        if (at !== position) faults.push(`acknowledged at position ${at}, found at ${position}`);
      }
    });
    if (open !== undefined) faults.push('half an append at the end');
    if (found !== this.acknowledged)
      faults.push(`${this.acknowledged} appends were acknowledged, ${found} found`);
    return { found, faults };
  }
}

function isNext(before: Label, label: Label): boolean {
  return label.append === before.append && label.part === before.part + 1;
}

function read({ event }: ResolvedEvent): {
  readonly streamId: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly label: Label;
} {
  if (event?.position === undefined) throw new Error('a read without an event');
  const { streamId, revision, position, metadata, data } = event;
  const label = metadata as unknown as Label;
  if (!(data instanceof Uint8Array) || data.some((byte) => byte !== label.part))
    throw new Error(`the event at position ${position.commit} holds other bytes than were written`);
  return { streamId, revision, position: position.commit, label };
}

/** Clients share their pending appends within a process, so there is one at a time. */
async function withClient<T>(url: string, use: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    return await use(client);
  } finally {
    // Disposing waits for ever on a stream that ended a moment before; the calls are cancelled either way.
    await Promise.race([client.dispose(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
  }
}
