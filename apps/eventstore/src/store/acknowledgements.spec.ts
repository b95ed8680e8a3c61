import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { hash } from 'node:crypto';
import { temporaryDirectory } from '../testing/node-process.js';
import { Acknowledgements, type Committed } from './acknowledgements.js';
import { EMPTY_HEAD } from './head.js';
import { readMark } from './mark.js';

let directory: ReturnType<typeof temporaryDirectory>;
let acknowledgements: Acknowledgements;
let settled: { readonly position: number; readonly marked: number | undefined }[];

beforeEach(() => {
  directory = temporaryDirectory();
  settled = [];
  acknowledgements = new Acknowledgements(
    directory.path,
    EMPTY_HEAD,
    ({ position }) => settled.push({ position, marked: readMark(directory.path).newest?.position }),
    (error) => {
      throw error;
    },
  );
});
afterEach(() => {
  directory.remove();
});

const committed = (position: number): Committed => ({
  position,
  chain: hash('sha256', String(position), 'buffer'),
  results: new Float64Array(),
});

/** The first mark is written, and not yet synced. */
const begun = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await Promise.resolve();
};

test('the mark comes before the answer, and what is committed meanwhile shares the next one', async () => {
  acknowledgements.add(committed(2));
  await begun();
  for (const position of [3, 5]) acknowledgements.add(committed(position));
  expect(settled).toEqual([]);
  await acknowledgements.close(true);
  expect(settled).toEqual([
    { position: 2, marked: 2 },
    { position: 3, marked: 5 },
    { position: 5, marked: 5 },
  ]);
  // Two marks, and the one of the end.
  expect(readMark(directory.path).newest).toMatchObject({ sequence: 3, position: 5, clean: true });
});

test('of appends that wrote nothing there is nothing to mark', async () => {
  acknowledgements.add(committed(4));
  await begun();
  acknowledgements.add(committed(4));
  acknowledgements.add(committed(4));
  await acknowledgements.close(false);
  expect(settled).toHaveLength(3);
  expect(readMark(directory.path).newest).toMatchObject({ sequence: 1, position: 4, clean: false });
});

test('is not stuck after appends that wrote nothing', async () => {
  const answers = async (count: number): Promise<void> => {
    while (settled.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  acknowledgements.add({ ...EMPTY_HEAD, results: new Float64Array() });
  await answers(1);
  acknowledgements.add(committed(1));
  await answers(2);
  expect(settled).toEqual([
    { position: 0, marked: undefined },
    { position: 1, marked: 1 },
  ]);
  await acknowledgements.close(false);
});

test('after a stop nothing is marked, and nothing answered', async () => {
  acknowledgements.add(committed(1));
  await begun();
  acknowledgements.stop();
  acknowledgements.add(committed(2));
  await acknowledgements.close(true);
  expect(settled).toEqual([]);
  expect(readMark(directory.path).newest).toMatchObject({ position: 1, clean: false });
});
