import { describe, expect, test } from '@jest/globals';
import type { EventLog, LogMessage } from '../event-log.js';
import { anEvent, collect, eventsIn, follow, idsOf, newStream, someEvents } from './contract-kit.js';

const newCategory = (): string => newStream('contractsub').replaceAll('-', '');

/** No event stands at or before a checkpoint that was told earlier, and positions only rise. */
function expectOrdered(messages: readonly LogMessage[]): void {
  let last = -1n;
  let told = -1n;
  for (const message of messages) {
    if (message.kind === 'checkpoint') told = message.position > told ? message.position : told;
    if (message.kind !== 'event') continue;
    expect(message.event.position > last).toBe(true);
    expect(message.event.position > told).toBe(true);
    last = message.event.position;
  }
}

export function subscribeContract(log: () => EventLog): void {
  describe('subscribeAll', () => {
    test('yields what is stored, says when it has caught up, then what is new', async () => {
      const category = newCategory();
      const filter = { on: 'stream', prefixes: [`${category}-`] } as const;
      const stored = someEvents(50);
      const fresh = someEvents(50);
      await log().append(`${category}-a`, 'no-stream', stored);
      const { signal } = new AbortController();
      let live: Promise<unknown> | undefined;
      const messages = await follow(log().subscribeAll({ filter, signal }), 100, (message) => {
        if (message.kind === 'caught-up') live ??= log().append(`${category}-b`, 'no-stream', fresh);
      });
      await live;
      expect(idsOf(eventsIn(messages))).toEqual(idsOf([...stored, ...fresh]));
      expect(messages.filter(({ kind }) => kind === 'caught-up').length).toBeGreaterThanOrEqual(1);
      expectOrdered(messages);
    });

    test('starts after a position, exclusive', async () => {
      const stream = newStream();
      const events = someEvents(10);
      await log().append(stream, 'no-stream', events.slice(0, 4));
      const { position } = await log().append(stream, 3n, events.slice(4, 5));
      await log().append(stream, 4n, events.slice(5));
      const filter = { on: 'stream', prefixes: [stream] } as const;
      const { signal } = new AbortController();
      const messages = await follow(log().subscribeAll({ after: position, filter, signal }), 5);
      expect(idsOf(eventsIn(messages))).toEqual(idsOf(events.slice(5)));
    });

    test('without a filter yields events of every stream, none of the store itself', async () => {
      const first = anEvent();
      const { position } = await log().append(newStream(), 'no-stream', [first]);
      const events = someEvents(6);
      for (const event of events) await log().append(newStream(), 'no-stream', [event]);
      const { signal } = new AbortController();
      const messages = await follow(log().subscribeAll({ after: position, signal }), 6);
      expect(idsOf(eventsIn(messages))).toEqual(idsOf(events));
      expectOrdered(messages);
    });

    test('tells a position also where the filter leaves everything out', async () => {
      const { position: after } = await log().append(newStream(), 'no-stream', [anEvent()]);
      const ignored = newStream();
      const first = await log().append(ignored, 'no-stream', someEvents(1500));
      const filter = { on: 'type', prefixes: [`${newCategory()}.`] } as const;
      const abort = new AbortController();
      let told = 0n;
      for await (const message of log().subscribeAll({ after, filter, signal: abort.signal })) {
        expect(message.kind).not.toBe('event');
        if (message.kind !== 'checkpoint') continue;
        expect(message.position > after && message.position <= first.position).toBe(true);
        told = message.position;
        break;
      }
      expect(told > after).toBe(true);
    });

    test('waits for a slow reader, and loses nothing', async () => {
      const stream = newStream();
      const events = someEvents(600);
      await log().append(stream, 'no-stream', events.slice(0, 300));
      const filter = { on: 'stream', prefixes: [stream] } as const;
      const { signal } = new AbortController();
      let revision = 299n;
      const messages = await follow(log().subscribeAll({ filter, signal }), 600, async (message) => {
        if (message.kind !== 'event' || message.event.revision % 100n !== 0n || revision >= 599n) return;
        await new Promise((resolve) => setTimeout(resolve, 30));
        const at = Number(revision) + 1;
        revision = (await log().append(stream, revision, events.slice(at, at + 100))).revision;
      });
      expect(idsOf(eventsIn(messages))).toEqual(idsOf(events));
      expectOrdered(messages);
    });

    test('ends quietly when the signal aborts: before, while reading, while waiting', async () => {
      const gone = AbortSignal.abort();
      expect(await collect(log().subscribeAll({ signal: gone }))).toEqual([]);

      const stream = newStream();
      await log().append(stream, 'no-stream', someEvents(3));
      const filter = { on: 'stream', prefixes: [stream] } as const;
      const reading = new AbortController();
      const seen: LogMessage[] = [];
      for await (const message of log().subscribeAll({ filter, signal: reading.signal })) {
        seen.push(message);
        if (message.kind === 'event') reading.abort();
      }
      expect(eventsIn(seen).length).toBeGreaterThanOrEqual(1);

      const waiting = new AbortController();
      for await (const message of log().subscribeAll({ filter, signal: waiting.signal })) {
        if (message.kind === 'caught-up')
          setTimeout(() => {
            waiting.abort();
          }, 20);
      }
    });
  });
}
