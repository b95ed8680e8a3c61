import { createHash } from 'node:crypto';
import { NodeFailure } from '../store/failures.js';

/** An event on its way from one store to another, with exactly the bytes it was stored with. */
export interface MovedEvent {
  readonly stream: string;
  readonly revision: number;
  /** A UUID as text. */
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
  /** For whoever reads the file, RFC 3339; another store gives its own time. */
  readonly created: string;
}

/** What the last line of an export says about the lines before it. */
export interface ExportEnd {
  readonly events: number;
  readonly digest: string;
}

/** Streams that belong to a server itself stay behind; `$$name`, the metadata of an ordinary stream, goes along. */
export function isMoved(stream: string): boolean {
  return !stream.startsWith('$') || /^\$\$[^$]/.test(stream);
}

/** Everything that must be the same in both stores, as one text. */
export function identityOf({ stream, revision, id, type, isJson, metadata, data }: MovedEvent): string {
  return JSON.stringify([stream, revision, id, type, isJson, base64(metadata), base64(data)]);
}

/** Counts events, and sums up what and in which order they are: SHA-256 over the lines of `identityOf`. */
export class Tally {
  events = 0;
  readonly #hash = createHash('sha256');

  add(event: MovedEvent): void {
    this.events += 1;
    this.#hash.update(identityOf(event)).update('\n');
  }

  get end(): ExportEnd {
    return { events: this.events, digest: this.#hash.copy().digest('hex') };
  }
}

/** Without its line feed. */
export function lineOf({ isJson, metadata, data, created, ...event }: MovedEvent): string {
  const contentType = isJson ? 'application/json' : 'application/octet-stream';
  return JSON.stringify({ ...event, contentType, created, metadata: base64(metadata), data: base64(data) });
}

export function endLineOf(end: ExportEnd): string {
  return JSON.stringify({ end });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws NodeFailure when the line is of no export */
export function parseLine(line: string, number: number): MovedEvent | { readonly end: ExportEnd } {
  const value = parseObject(line);
  if (isEnd(value?.['end'])) return { end: value['end'] };
  const { stream, revision, id, type, contentType, metadata, data, created } = value ?? {};
  if (
    typeof stream !== 'string' ||
    !isMoved(stream) ||
    !(Number.isSafeInteger(revision) && Number(revision) >= 0) ||
    !(typeof id === 'string' && UUID.test(id)) ||
    !(typeof type === 'string' && type !== '') ||
    !(typeof metadata === 'string' && typeof data === 'string') ||
    !(contentType === 'application/json' || contentType === 'application/octet-stream')
  )
    throw new NodeFailure(`Line ${number} is not one that export has written.`);
  return {
    stream,
    revision: Number(revision),
    id,
    type,
    created: String(created),
    isJson: contentType === 'application/json',
    metadata: Buffer.from(metadata, 'base64'),
    data: Buffer.from(data, 'base64'),
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isEnd(value: unknown): value is ExportEnd {
  if (typeof value !== 'object' || value === null) return false;
  const { events, digest } = value as Partial<ExportEnd>;
  return typeof events === 'number' && typeof digest === 'string';
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
