import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { withErasers } from './erasers.js';
import type { ShownEntry } from './shown-entry.js';

test('what was erased says by which entry: its index, and its origin where that is a successor', async () => {
  const [log, old, late, unseen] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const erased = (by: string) => ({ state: 'erased', by });
  const entry = {
    body: { name: erased(old), more: [erased(late), erased(unseen)] },
  } as unknown as ShownEntry;
  const indexes = new Map([
    [old, { succession: 0, index: 7 }],
    [late, { succession: 2, index: 0 }],
  ]);
  const [shown] = await withErasers([log], [entry], { indexes: () => Promise.resolve(indexes) });
  expect(shown?.body).toEqual({
    name: { state: 'erased', by: 7 },
    more: [
      { state: 'erased', by: 0, succession: 2 },
      { state: 'erased', by: null },
    ],
  });
});
