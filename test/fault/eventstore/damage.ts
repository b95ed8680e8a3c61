import { cp, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  runNode,
  runNodeAloud,
  startNodeProcess,
  type Ended,
} from '../../../apps/eventstore/src/testing/node-process.ts';

const FILES = ['events.db', 'events.db-wal', 'events.mark'];
const LONGEST_COPY_MS = 300;
const PAGE_BYTES = 8192;
/** The first byte of an index's page, inner and outer (SQLite's file format, 1.6). */
const INDEX_PAGES = [2, 10];
/** What leads a page, and the places of its first entries. */
const HEADER_BYTES = 16;

/** What became of a changed data directory. */
export interface Outcome {
  readonly opened: boolean;
  /** What is wrong, in words; undefined when all is as it must be. */
  readonly fault: string | undefined;
}

/** What a changed data directory is held against. */
export interface Truth {
  /** A line per event. */
  readonly events: readonly string[];
  /** How many of them must be there. */
  readonly marked: number;
}

/** Of a node that was killed. */
export async function truthOf(data: string): Promise<Truth> {
  return { events: await eventsOf(data), marked: await markedPosition(data) };
}

/** The lines that export writes of a data directory, without the last one. */
async function eventsOf(data: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const { code, stderr } = await runNodeAloud((line) => lines.push(line), 'export', '--data', data);
  if (code !== 0) throw new Error(`it cannot be exported: ${stderr}`);
  return lines.slice(0, -1);
}

/** Copies the files of a running node one after the other, in any order, with pauses in between. */
export async function copyWhileRunning(data: string, folder: string): Promise<string> {
  const copy = await mkdtemp(join(folder, 'copy-'));
  for (const file of [...FILES].sort(() => Math.random() - 0.5)) {
    await cp(join(data, file), join(copy, file)).catch(ignoreMissing);
    if (Math.random() < 0.5) await sleep(Math.random() * LONGEST_COPY_MS);
  }
  return copy;
}

/** Mostly in its first frame, because what follows may be left over from before it was begun anew. */
export async function truncatedWal(data: string, folder: string): Promise<string> {
  const copy = await wholeCopy(data, folder);
  const wal = join(copy, 'events.db-wal');
  const { size } = await stat(wal);
  await truncate(wal, Math.floor(Math.random() * (Math.random() < 0.8 ? Math.min(size, PAGE_BYTES) : size)));
  return copy;
}

export async function withFlippedBit(data: string, folder: string): Promise<string> {
  const copy = await wholeCopy(data, folder);
  const file = join(copy, FILES[Math.floor(Math.random() * FILES.length)] ?? '');
  await flip(file, (bytes) => Math.floor(Math.random() * bytes.length));
  return copy;
}

/** In a page of an index as often as elsewhere, and there mostly where it says how many entries it has, and which. */
export async function withFlippedPage(data: string, folder: string): Promise<string> {
  const copy = await wholeCopy(data, folder);
  await flip(join(copy, 'events.db'), (bytes) => {
    const pages = Array.from({ length: bytes.length / PAGE_BYTES }, (_, page) => page * PAGE_BYTES);
    const indexes = pages.filter((page) => INDEX_PAGES.includes(bytes[page] ?? 0));
    const page = pick(Math.random() < 0.5 ? indexes : pages);
    return page + Math.floor(Math.random() * (Math.random() < 0.7 ? HEADER_BYTES : PAGE_BYTES));
  });
  return copy;
}

async function flip(file: string, place: (bytes: Uint8Array) => number): Promise<void> {
  const bytes = await readFile(file);
  const at = place(bytes);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
  await writeFile(file, bytes);
}

function pick(pages: readonly number[]): number {
  return pages[Math.floor(Math.random() * pages.length)] ?? 0;
}

export async function wholeCopy(data: string, folder: string): Promise<string> {
  const copy = await mkdtemp(join(folder, 'copy-'));
  for (const file of FILES) await cp(join(data, file), join(copy, file)).catch(ignoreMissing);
  return copy;
}

/**
 * Starts a node on what was changed. It may refuse with one sentence, before it changes anything. If it starts, then check
 * must call the log sound, and its events be those of the truth, at least up to the mark that lay beside them; or the node stops
 * by itself, when it has read everything, with one sentence.
 */
export async function outcomeOf(copy: string, truth: Truth): Promise<Outcome> {
  try {
    return await judged(copy, truth);
  } finally {
    await remove(copy);
  }
}

async function judged(copy: string, truth: Truth): Promise<Outcome> {
  const before = await sizes(copy);
  const node = await startNodeProcess(copy).catch((error: unknown) => String(error));
  if (typeof node === 'string') {
    const changed = (await sizes(copy)) !== before;
    const fault = !/^Error: The node did not start: [^\n]+\n$/.test(node)
      ? `not one sentence: ${node}`
      : undefined;
    return { opened: false, fault: changed ? 'a refused start changed the files' : fault };
  }
  // What lies too deep for the start, the first round finds.
  if (!(await node.says('the log is sound'))) return stopped(await node.ended);
  await node.end('SIGTERM');
  const { code, stdout } = await runNode('check', '--data', copy);
  if (code !== 0) return { opened: true, fault: `it starts, and check says: ${stdout}` };
  const events = await eventsOf(copy);
  if (events.length < truth.marked)
    return { opened: true, fault: `${events.length} events, the mark says ${truth.marked}` };
  const other = events.findIndex((line, index) => line !== truth.events[index]);
  return { opened: true, fault: other < 0 ? undefined : `another event at position ${other + 1}` };
}

function stopped({ code, stderr }: Ended): Outcome {
  const fault =
    code === 1 && /^The event log (is damaged|cannot be read): [^\n]+\n$/.test(stderr)
      ? undefined
      : `it ended with ${String(code)}: ${stderr}`;
  return { opened: false, fault };
}

/** What check says of a flipped bit: it reports it, or nothing that can be read differs from the truth. */
export async function checkOf(copy: string, truth: Truth): Promise<Outcome> {
  const { code } = await runNode('check', '--data', copy);
  if (code === 0) return outcomeOf(copy, truth);
  await remove(copy);
  return { opened: false, fault: undefined };
}

export async function remove(copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
}

/** The position of the newer of both records. */
export async function markedPosition(data: string): Promise<number> {
  const handle = await open(join(data, 'events.mark'));
  const bytes = Buffer.alloc(8192);
  await handle.read(bytes);
  await handle.close();
  const [newest = 0] = [0, 4096]
    .map((at) => bytes.subarray(at))
    .sort((a, b) => Number(b.readBigUInt64BE(16) - a.readBigUInt64BE(16)))
    .map((record) => Number(record.readBigUInt64BE(24)));
  return newest;
}

async function sizes(directory: string): Promise<string> {
  const all = FILES.map(
    async (file) => (await stat(join(directory, file)).catch(() => undefined))?.size ?? 0,
  );
  return (await Promise.all(all)).join(' ');
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
