import { beforeAll, describe, expect, test } from '@jest/globals';
import type { EncodedEvent, EventLog, StoredEvent } from '../event-log.js';
import { collect, idsOf, newStream, someEvents } from './contract-kit.js';

export function readContract(log: () => EventLog): void {
  describe('readStream', () => {
    const stream = newStream();
    const events = someEvents(40);
    beforeAll(() => log().append(stream, 'no-stream', events));

    test('starts at a revision, inclusive, and stops at the limit', async () => {
      const ids = idsOf(events);
      expect(idsOf(await collect(log().readStream(stream)))).toEqual(ids);
      expect(idsOf(await collect(log().readStream(stream, { from: 37n })))).toEqual(ids.slice(37));
      expect(idsOf(await collect(log().readStream(stream, { limit: 2 })))).toEqual(ids.slice(0, 2));
      expect(idsOf(await collect(log().readStream(stream, { from: 5n, limit: 3 })))).toEqual(ids.slice(5, 8));
      expect(await collect(log().readStream(stream, { from: 40n }))).toEqual([]);
      expect(await collect(log().readStream(stream, { limit: 0 }))).toEqual([]);
    });

    test('yields nothing of a stream that does not exist', async () => {
      expect(await collect(log().readStream(newStream()))).toEqual([]);
    });

    test('may be left early, and the log still answers', async () => {
      expect(await collect(log().readStream(stream), 1)).toHaveLength(1);
      expect(await collect(log().readStream(stream))).toHaveLength(40);
    });
  });

  describe('readAll', () => {
    const category = newStream('contractall').replaceAll('-', '');
    const streams = [`${category}-a`, `${category}-b`];
    const written: { stream: string; event: EncodedEvent; position: bigint }[] = [];
    const ours = { filter: { on: 'stream', prefixes: [`${category}-`] } } as const;
    const all = async (from?: bigint, limit?: number): Promise<StoredEvent[]> =>
      collect(
        log().readAll({
          ...ours,
          ...(from === undefined ? {} : { from }),
          ...(limit === undefined ? {} : { limit }),
        }),
      );

    beforeAll(async () => {
      for (let i = 0; i < 20; i++) {
        const stream = streams[i % 2] ?? '';
        const [event] = someEvents(1, i % 4 === 0 ? `${category}.one` : `${category}.two`);
        if (event === undefined) throw new Error('one event');
        const { position } = await log().append(stream, i < 2 ? 'no-stream' : BigInt((i - (i % 2)) / 2 - 1), [
          event,
        ]);
        written.push({ stream, event, position });
      }
    });

    test('follows the order of commits, with the positions that were acknowledged', async () => {
      const found = await all();
      expect(idsOf(found)).toEqual(written.map(({ event }) => event.id));
      expect(found.map(({ position }) => position)).toEqual(written.map(({ position }) => position));
      expect(found.map(({ stream }) => stream)).toEqual(written.map(({ stream }) => stream));
      for (let i = 1; i < found.length; i++) {
        expect((found[i]?.position ?? 0n) > (found[i - 1]?.position ?? 0n)).toBe(true);
      }
    });

    test('starts at a position, inclusive, and stops at the limit', async () => {
      const position = written[7]?.position ?? 0n;
      expect(idsOf(await all(position))).toEqual(written.slice(7).map(({ event }) => event.id));
      expect(idsOf(await all(position, 3))).toEqual(written.slice(7, 10).map(({ event }) => event.id));
      expect(await all(position, 0)).toEqual([]);
    });

    test('filters on types as well', async () => {
      const filter = { on: 'type', prefixes: [`${category}.one`] } as const;
      const found = await collect(log().readAll({ filter }));
      expect(found).toHaveLength(5);
      expect(new Set(found.map(({ type }) => type))).toEqual(new Set([`${category}.one`]));
    });

    test('without a filter leaves out only what the store wrote for itself', async () => {
      const from = written[0]?.position ?? 0n;
      const found = await collect(log().readAll({ from }));
      const ids = new Set(idsOf(found));
      expect(written.every(({ event }) => ids.has(event.id))).toBe(true);
      expect(found.filter(({ type, stream }) => type.startsWith('$') || stream.startsWith('$'))).toEqual([]);
      const [first] = await collect(log().readAll({ limit: 1 }));
      expect(first?.type.startsWith('$')).toBe(false);
    });
  });
}
