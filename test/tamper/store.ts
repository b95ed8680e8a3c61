import { randomUUID } from 'node:crypto';
import { type EventLog, MemoryLog, type StoredEvent } from '@candor/event-store';

type Event = Pick<StoredEvent, 'stream' | 'id' | 'type' | 'data' | 'metadata'>;

/** Everything an event store holds, in order. */
export async function eventsOf(log: EventLog): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const { stream, id, type, data, metadata } of log.readAll())
    events.push({ stream, id, type, data, metadata });
  return events;
}

/** An event store that has these events and no others: with every revision, position and checksum as they would be. */
export async function storeOf(events: readonly Event[], log: EventLog = new MemoryLog()): Promise<EventLog> {
  const revisions = new Map<string, bigint>();
  for (const { stream, id, type, data, metadata } of events) {
    const event = { id, type, data: Uint8Array.from(data), metadata: Uint8Array.from(metadata) };
    const { revision } = await log.append(stream, revisions.get(stream) ?? 'no-stream', [event]);
    revisions.set(stream, revision);
  }
  return log;
}

/** One way to rewrite an event store. */
export interface StoreRow {
  readonly what: string;
  readonly change: (events: readonly Event[], at: Places) => readonly Event[];
  /** What the operator's own check finds. */
  readonly operator: readonly string[];
}

/** Where things stand among the events. */
export interface Places {
  readonly tenants: readonly [string, string];
  /** The entries of the first and of the second tenant, in order. */
  readonly one: readonly number[];
  readonly two: readonly number[];
  /** The recorded heads of the first tenant. */
  readonly heads: readonly number[];
  readonly of: (type: string) => readonly number[];
}

export function placesIn(events: readonly Event[], tenants: readonly [string, string]): Places {
  const numbers = (test: (event: Event, json: Readonly<Record<string, unknown>>) => boolean) =>
    events.flatMap((event, n) =>
      test(event, JSON.parse(textOf(event)) as Readonly<Record<string, unknown>>) ? [n] : [],
    );
  const [one, two] = tenants;
  return {
    tenants,
    one: numbers((_, { log }) => log === one),
    two: numbers((_, { log }) => log === two),
    heads: numbers(({ stream }) => stream === `log-${one}`),
    of: (type) => numbers((event) => event.type === type),
  };
}

const textOf = ({ data }: Event): string => Buffer.from(data).toString();

function rewritten(
  events: readonly Event[],
  n: number | undefined,
  change: (event: Event) => Partial<Event>,
): readonly Event[] {
  const event = events[n ?? -1];
  if (event === undefined || n === undefined) throw new Error('there is no such event');
  return events.with(n, { ...event, ...change(event) });
}

const replaced =
  (from: string | RegExp, to: string) =>
  (event: Event): Partial<Event> => {
    const text = textOf(event).replace(from, to);
    if (text === textOf(event)) throw new Error('nothing was changed');
    return { data: Buffer.from(text) };
  };

function exchanged(events: readonly Event[], a = -1, b = -1): readonly Event[] {
  const [one, other] = [events[a], events[b]];
  if (one === undefined || other === undefined) throw new Error('there are no such events');
  return events.with(a, other).with(b, one);
}

const ENTRY = 9;
const anotherHash = (event: Event): Partial<Event> =>
  replaced(/"root":"[A-Za-z0-9+/]{4}/, '"root":"AAAA')(event);

export const STORE_ROWS: readonly StoreRow[] = [
  {
    what: 'a bit of an entry',
    change: (events, { one }) =>
      rewritten(events, one[ENTRY], ({ data }) => ({
        data: data.map((byte, n) => (n === 40 ? byte ^ 1 : byte)),
      })),
    operator: ['checkpoint.root', 'signed.root', 'view.entry', 'view.root', 'view.tile'],
  },
  {
    what: 'another outcome in an entry',
    change: (events, { one }) =>
      rewritten(events, one[ENTRY], replaced('"outcome":"success"', '"outcome":"refused"')),
    operator: ['checkpoint.root', 'signed.root', 'view.entry', 'view.root', 'view.tile'],
  },
  {
    what: 'an entry dropped',
    change: (events, { one }) => events.filter((_, n) => n !== one[ENTRY]),
    operator: ['checkpoint.root', 'signed.root', 'view.entry', 'view.root', 'view.tile'],
  },
  {
    what: 'an entry inserted',
    change: (events, { one }) => {
      const [at = -1] = one.slice(ENTRY);
      const event = events[at];
      if (event === undefined) throw new Error('there is no such event');
      const id = randomUUID();
      const stream = `access-${randomUUID()}`;
      const data = Buffer.from(textOf(event).replace(event.id, id).replace(event.stream, stream));
      return events.toSpliced(at, 0, { ...event, id, data, stream });
    },
    operator: ['checkpoint.root', 'signed.root', 'view.entry', 'view.root', 'view.tile'],
  },
  {
    what: 'two entries in each other’s place',
    change: (events, { one }) => exchanged(events, one[ENTRY], one[ENTRY + 1]),
    operator: ['checkpoint.root', 'signed.root', 'view.entry', 'view.root', 'view.tile'],
  },
  {
    what: 'the tail cut off',
    change: (events, { one }) => events.slice(0, one[20]),
    operator: ['log.shorter'],
  },
  {
    what: 'the tail of one log cut off, with every head recorded of it since',
    change: (events, { one, heads }) => {
      const gone = new Set([...one.slice(20), ...heads.slice(1)]);
      return events.filter((_, n) => !gone.has(n));
    },
    operator: ['epoch.root', 'log.shorter'],
  },
  {
    what: 'the entries of two tenants in each other’s place',
    change: (events, { one, two, tenants: [first, second] }) =>
      rewritten(rewritten(events, one[ENTRY], replaced(first, second)), two[ENTRY], replaced(second, first)),
    operator: ['checkpoint.root', 'signed.root', 'view.entry', 'view.root', 'view.tile'],
  },
  {
    what: 'an old head recorded again at the end',
    change: (events, { heads }) => {
      const [first] = heads;
      const event = events[first ?? -1];
      if (event === undefined) throw new Error('there is no such event');
      const id = randomUUID();
      return [...events, { ...event, id, data: Buffer.from(textOf(event).replace(event.id, id)) }];
    },
    operator: ['checkpoint.order'],
  },
  {
    what: 'another root in a recorded head',
    change: (events, { heads }) => rewritten(events, heads[0], anotherHash),
    operator: ['checkpoint.root', 'epoch.root'],
  },
  {
    what: 'another root in an epoch',
    change: (events, { of }) => rewritten(events, of('log.epoch-recorded')[0], anotherHash),
    operator: ['epoch.root', 'note.text'],
  },
  {
    what: 'an epoch dropped',
    change: (events, { of }) => events.filter((_, n) => n !== of('log.epoch-recorded')[1]),
    operator: ['epoch.order', 'note.text'],
  },
  {
    what: 'another slot of a log',
    change: (events, { of }) => {
      const places = of('log.slot-assigned');
      const text = events
        .filter((_, n) => places.includes(n))
        .map(textOf)
        .join('');
      const [free = 0] = [1, 2, 3, 4].filter((slot) => !new RegExp(`"slot":${slot}\\b`).test(text));
      return rewritten(events, places.at(-1), replaced(/"slot":\d+/, `"slot":${free}`));
    },
    operator: ['epoch.root'],
  },
  {
    what: 'a cosigned checkpoint without its signatures',
    change: (events, { of }) =>
      rewritten(events, of('log.epoch-cosigned')[0], (event) => {
        const { note } = (JSON.parse(textOf(event)) as { body: { note: string } }).body;
        const text = Buffer.from(note, 'base64').toString();
        const bare = Buffer.from(text.replace(/\n\n— .*/s, '\n\n— candor.localhost/anchor AAAA\n'));
        return replaced(note, bare.toString('base64'))(event);
      }),
    operator: ['note.signature'],
  },
];
