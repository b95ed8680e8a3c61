import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { writeExport } from './export.js';
import { importInto, type Target } from './import.js';
import type { MovedEvent } from './moved-event.js';

/** A store in memory that breaks off after so many appends. */
class MemoryTarget implements Target {
  readonly events: MovedEvent[];
  appends = 0;
  breakAfter = Infinity;

  constructor(events: readonly MovedEvent[] = []) {
    this.events = [...events];
  }

  async *all(): AsyncGenerator<MovedEvent> {
    // What is appended later is not part of this read.
    for (const event of [...this.events]) yield await Promise.resolve(event);
  }

  append(events: readonly MovedEvent[]): Promise<void> {
    if (this.appends++ >= this.breakAfter) return Promise.reject(new Error('broken off'));
    this.events.push(...events);
    return Promise.resolve();
  }
}

const some = (stream: string, revision: number, bytes = 5): MovedEvent => ({
  stream,
  revision,
  id: randomUUID(),
  type: 'a.type',
  isJson: revision % 2 === 0,
  metadata: Buffer.from('m'),
  data: Buffer.alloc(bytes, revision),
  created: '2026-01-01T00:00:00.000Z',
});

/** So many events over a few streams, some neighbours of one stream. */
const history = fc.array(fc.constantFrom('a', 'b', '$$a', 'ü\u2028'), { maxLength: 40 }).map((names) => {
  const next = new Map<string, number>();
  return names.map((name) => {
    const revision = next.get(name) ?? 0;
    next.set(name, revision + 1);
    return some(name, revision);
  });
});

async function exported(events: readonly MovedEvent[]): Promise<string> {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  await writeExport(events, out);
  return Buffer.concat(chunks).toString('utf8');
}

/** In pieces that respect no line, and no character. */
async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

const all = async (target: Target): Promise<MovedEvent[]> => {
  const events: MovedEvent[] = [];
  for await (const event of target.all()) events.push(event);
  return events;
};

test('everything arrives in its order, and a second time nothing happens', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (events) => {
      const text = await exported(events);
      const target = new MemoryTarget();
      expect(await importInto(target, pieces(text))).toMatchObject({ events: events.length, found: 0 });
      expect(await all(target)).toEqual(events);
      const { appends } = target;
      expect(await importInto(target, pieces(text))).toMatchObject({ found: events.length });
      expect(target.appends).toBe(appends);
    }),
    { numRuns: 50 },
  );
});

test('broken off anywhere it goes on where it stood', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(20), async (events, breakAfter) => {
      const text = await exported(events);
      const target = new MemoryTarget();
      target.breakAfter = breakAfter;
      await importInto(target, pieces(text)).catch(() => undefined);
      target.breakAfter = Infinity;
      await importInto(target, pieces(text));
      expect(await all(target)).toEqual(events);
    }),
    { numRuns: 50 },
  );
});

test('neighbours of a stream share an append, up to its bounds', async () => {
  const target = new MemoryTarget();
  await importInto(
    target,
    pieces(await exported(Array.from({ length: 1200 }, (_, n) => some('a', n))), 9999),
  );
  expect(target.appends).toBe(3);
  const large = new MemoryTarget();
  await importInto(large, pieces(await exported([0, 1, 2, 3].map((n) => some('a', n, 300_000))), 9999));
  expect(large.appends).toBe(4);
  const gap = new MemoryTarget();
  await importInto(gap, pieces(await exported([some('a', 0), some('a', 2)])));
  expect(gap.appends).toBe(2);
});

test('a store with other events is refused, and nothing is written', async () => {
  const events = [some('a', 0), some('b', 0), some('a', 1)];
  const text = await exported(events);
  for (const present of [
    [some('a', 0)],
    [events[0], some('b', 0)],
    [...events, some('c', 0)],
    [events[1]],
    [{ ...events[0], data: Buffer.from('x') }],
    [{ ...events[0], isJson: false }],
  ]) {
    const target = new MemoryTarget(present as MovedEvent[]);
    await expect(importInto(target, pieces(text))).rejects.toThrow('holds other events than the export');
    expect(target.appends).toBe(0);
  }
});

test('what something else writes meanwhile is noticed', async () => {
  const store = new MemoryTarget();
  const target: Target = {
    all: () => store.all(),
    append: (events) => store.append([...events, some('intruder', 0)]),
  };
  await expect(importInto(target, pieces(await exported([some('a', 0)])))).rejects.toThrow(
    'differs from the export',
  );
});

test('an export that was cut or changed is noticed', async () => {
  const text = await exported([some('a', 0), some('a', 1), some('b', 0)]);
  const lines = text.split('\n');
  const into = (changed: string): Promise<unknown> => importInto(new MemoryTarget(), pieces(changed));
  await expect(into(lines.slice(0, 2).join('\n'))).rejects.toThrow(
    'was cut: its last line is missing after 2 events',
  );
  await expect(into('')).rejects.toThrow('was cut');
  await expect(into([lines[0], ...lines.slice(2)].join('\n'))).rejects.toThrow('should hold 3 events');
  await expect(into(text.replace('a.type', 'b.type'))).rejects.toThrow('was changed');
  await expect(into(`${text}{}\n`)).rejects.toThrow('lines after the last');
  await expect(into(text.slice(0, lines[0]?.length ?? 0).slice(0, -9))).rejects.toThrow(
    'Line 1 is not one that',
  );
  await expect(into(text.replace('"stream":"a"', '"stream":"$x"'))).rejects.toThrow('Line 1 is not one that');
});
