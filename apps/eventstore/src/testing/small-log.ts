import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Checkpoints } from '../store/checkpoints.js';
import { openForReading, openForWriting } from '../store/database.js';
import { ANY, type AppendRequest, type ProposedEvent, type RecordedEvent } from '../store/event.js';
import { LogReader } from '../store/log-reader.js';
import { LogWriter } from '../store/log-writer.js';
import { MarkFile } from '../store/mark.js';

/** A log written in this process, as the writer's thread would, and left as a kill would leave it. */
export interface SmallLog {
  readonly path: string;
  readonly database: DatabaseSync;
  /** So many appends of two events, to seven streams by turns, a commit each. */
  readonly append: (count: number, bytes?: number) => void;
  /** The same in one commit. */
  readonly appendTogether: (count: number, bytes?: number) => void;
  /** The mark of an orderly stop. */
  readonly markClean: () => void;
  readonly copyBack: () => void;
  /** A copy of the files as they are now. */
  readonly snapshot: () => string;
  readonly remove: () => void;
}

export function smallLog(): SmallLog {
  const root = mkdtempSync(join(tmpdir(), 'eventstore-'));
  const path = join(root, 'log');
  mkdirSync(path);
  const database = openForWriting(path);
  const marks = MarkFile.open(path);
  const writer = new LogWriter(database);
  const mark = (clean: boolean): void => {
    marks.write({ ...writer.head, clean });
  };
  const write = (appends: readonly AppendRequest[]): void => {
    writer.write(appends);
    mark(false);
  };
  mark(false);
  return {
    path,
    database,
    append: (count, bytes = 40) => {
      for (const request of requests(count, bytes)) write([request]);
    },
    appendTogether: (count, bytes = 40) => {
      write(requests(count, bytes));
    },
    markClean: () => {
      mark(true);
    },
    copyBack: () => new Checkpoints(database).copyAll(),
    snapshot: () => {
      const copy = mkdtempSync(join(root, 'copy-'));
      cpSync(path, copy, { recursive: true });
      return copy;
    },
    remove: () => {
      marks.close();
      database.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function requests(count: number, bytes: number): AppendRequest[] {
  return Array.from({ length: count }, (_, n) => ({
    stream: `stream-${n % 7}`,
    expected: ANY,
    events: [someEvent(bytes), someEvent(bytes)],
  }));
}

function someEvent(bytes: number): ProposedEvent {
  return {
    id: randomBytes(16),
    type: 'small',
    isJson: false,
    data: randomBytes(bytes),
    metadata: Buffer.from('{}'),
  };
}

/** Everything a log holds, read by position and again stream by stream. */
export function readEverything(path: string): {
  readonly all: RecordedEvent[];
  readonly streams: RecordedEvent[];
} {
  const reader = new LogReader(openForReading(path));
  try {
    const all = reader.all({ direction: 'forwards', from: 1, window: 100_000, limit: 100_000 }).events;
    const streams = [...new Set(all.map(({ stream }) => stream))].sort().flatMap((stream) => {
      const view = reader.view(stream);
      if (view === undefined) return [];
      return reader.stream(view, { direction: 'forwards', from: 0, window: 100_000, limit: 100_000 }).events;
    });
    return { all: [...all], streams };
  } finally {
    reader.close();
  }
}
