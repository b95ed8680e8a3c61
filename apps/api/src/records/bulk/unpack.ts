import type { IncomingHttpHeaders } from 'node:http';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Problem } from '../../edge/problem/problem.js';

/** A log compresses 10 to 30 times; what unpacks to more than this is made to exhaust. */
const MAX_RATIO = 200;
/** Below this many bytes the ratio says nothing. */
const FREE_BYTES = 1_048_576;

/**
 * The body as it was before its content coding; gzip or none.
 * @throws Problem `request.media-type-unsupported` for any other coding; the stream fails with Problem
 *   `records.encoding-broken` or `records.ratio`
 */
export function unpack(body: Readable, headers: IncomingHttpHeaders): Readable {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') return body;
  if (coding !== 'gzip' && coding !== 'x-gzip') throw Problem.of('request.media-type-unsupported');
  // Nothing would come out of what is unpacked, not even its end.
  if (body.destroyed) return body;
  let packed = 0;
  body.on('data', (chunk: Buffer) => {
    packed += chunk.length;
  });
  const gunzip = createGunzip();
  const bound = new RatioBound(() => packed);
  body.on('error', (error) => gunzip.destroy(error));
  gunzip.on('error', (error) => bound.destroy(isZlib(error) ? Problem.of('records.encoding-broken') : error));
  bound.on('close', () => {
    gunzip.destroy();
    body.unpipe(gunzip);
  });
  return body.pipe(gunzip).pipe(bound);
}

class RatioBound extends Transform {
  private unpacked = 0;

  constructor(private readonly packed: () => number) {
    super({ highWaterMark: 65_536 });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.unpacked += chunk.length;
    const excessive = this.unpacked > FREE_BYTES && this.unpacked > this.packed() * MAX_RATIO;
    if (excessive) done(Problem.of('records.ratio'));
    else done(null, chunk);
  }
}

function isZlib(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code?.startsWith('Z_') === true || code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END';
}
