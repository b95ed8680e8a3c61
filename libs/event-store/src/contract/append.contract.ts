import { describe, expect, test } from '@jest/globals';
import {
  AppendTooLarge,
  MAX_APPEND_BYTES,
  WrongExpectedRevision,
  appendBytes,
  type EventLog,
} from '../event-log.js';
import { anEvent, collect, idsOf, newStream, someEvents } from './contract-kit.js';

export function appendContract(log: () => EventLog): void {
  describe('append', () => {
    test('keeps every byte and tells where it stands', async () => {
      const stream = newStream();
      const bytes = Uint8Array.from({ length: 61_440 }, (_, i) => i % 256);
      const event = anEvent('contract.bytes-kept', bytes);
      const appended = await log().append(stream, 'no-stream', [event]);
      expect(appended.revision).toBe(0n);
      const [stored] = await collect(log().readStream(stream));
      expect(stored).toMatchObject({ id: event.id, type: event.type, stream, revision: 0n });
      expect(stored?.position).toBe(appended.position);
      expect(Buffer.from(stored?.data ?? []).equals(bytes)).toBe(true);
      expect(Buffer.from(stored?.metadata ?? []).equals(Buffer.from(event.metadata))).toBe(true);
    });

    test('takes several events as one, in their order', async () => {
      const stream = newStream();
      const events = someEvents(5);
      const first = await log().append(stream, 'no-stream', events.slice(0, 2));
      const second = await log().append(stream, 1n, events.slice(2));
      expect([first.revision, second.revision]).toEqual([1n, 4n]);
      const stored = await collect(log().readStream(stream));
      expect(idsOf(stored)).toEqual(idsOf(events));
      expect(stored.map(({ revision }) => revision)).toEqual([0n, 1n, 2n, 3n, 4n]);
      expect(stored.at(-1)?.position).toBe(second.position);
    });

    test('refuses a stream that is elsewhere, tells where, and appends nothing', async () => {
      const stream = newStream();
      await expect(log().append(stream, 0n, [anEvent()])).rejects.toMatchObject({
        name: 'WrongExpectedRevision',
        stream,
        expected: 0n,
        actual: 'no-stream',
      });
      const events = someEvents(3);
      await log().append(stream, 'no-stream', events);
      for (const expected of ['no-stream', 0n, 1n, 3n, 99n] as const) {
        const refused = log().append(stream, expected, someEvents(2));
        await expect(refused).rejects.toBeInstanceOf(WrongExpectedRevision);
        await expect(refused).rejects.toMatchObject({ expected, actual: 2n });
      }
      expect(idsOf(await collect(log().readStream(stream)))).toEqual(idsOf(events));
    });

    test('answers the same events at the same revision like the first time, also later', async () => {
      const stream = newStream();
      const [a, b, c, d] = someEvents(4);
      if (!a || !b || !c || !d) throw new Error('four events');
      const first = await log().append(stream, 'no-stream', [a, b]);
      expect(await log().append(stream, 'no-stream', [a, b])).toEqual(first);
      const second = await log().append(stream, 1n, [c]);
      await log().append(stream, 2n, [d]);
      expect(await log().append(stream, 'no-stream', [a, b])).toEqual(first);
      expect(await log().append(stream, 1n, [c])).toEqual(second);
      expect(idsOf(await collect(log().readStream(stream)))).toEqual(idsOf([a, b, c, d]));
    });

    test('does not take other events for a repeat', async () => {
      const stream = newStream();
      const [a, b, c] = someEvents(3);
      if (!a || !b || !c) throw new Error('three events');
      await log().append(stream, 'no-stream', [a, b]);
      for (const events of [[a, c], [c, b], [b], [a, b, c]]) {
        await expect(log().append(stream, 'no-stream', events)).rejects.toBeInstanceOf(WrongExpectedRevision);
      }
      await expect(log().append(stream, 0n, [a])).rejects.toBeInstanceOf(WrongExpectedRevision);
      expect(idsOf(await collect(log().readStream(stream)))).toEqual(idsOf([a, b]));
    });

    test('lets exactly one of many win a revision', async () => {
      const stream = newStream();
      const outcomes = await Promise.allSettled(
        someEvents(20).map((event) => log().append(stream, 'no-stream', [event])),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(WrongExpectedRevision);
      }
      expect(await collect(log().readStream(stream))).toHaveLength(1);
    });

    test('takes 1,000,000 bytes and not one more', async () => {
      const filled = (bytes: number): ReturnType<typeof anEvent>[] => {
        const events = someEvents(19).map((event) => ({ ...event, data: new Uint8Array(50_000) }));
        const last = anEvent();
        const used = [...events, last].reduce((sum, event) => sum + appendBytes(event), 0);
        return [...events, { ...last, data: new Uint8Array(last.data.length + bytes - used) }];
      };
      const stream = newStream();
      await expect(log().append(stream, 'no-stream', filled(MAX_APPEND_BYTES + 1))).rejects.toBeInstanceOf(
        AppendTooLarge,
      );
      expect(await collect(log().readStream(stream))).toHaveLength(0);
      await log().append(stream, 'no-stream', filled(MAX_APPEND_BYTES));
      expect(await collect(log().readStream(stream))).toHaveLength(20);
    });

    test('refuses what can only be a mistake', async () => {
      await expect(log().append(newStream(), 'no-stream', [])).rejects.toBeInstanceOf(TypeError);
      await expect(log().append('$settings', 'no-stream', [anEvent()])).rejects.toBeInstanceOf(TypeError);
      await expect(log().append('', 'no-stream', [anEvent()])).rejects.toBeInstanceOf(TypeError);
    });
  });
}
