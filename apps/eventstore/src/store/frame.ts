import type { AppendRequest, AppendResult, ProposedEvent } from './event.js';

/**
 * Appends on their way to the writer's thread, as one block of bytes that is handed over rather than copied.
 * Never stored: both ends are always the same build.
 */
export function encodeAppends(requests: readonly AppendRequest[]): Uint8Array<ArrayBuffer> {
  const buffer = Buffer.allocUnsafeSlow(requests.reduce((sum, request) => sum + frameSize(request), 0));
  let at = 0;
  for (const { stream, expected, events, atLeast } of requests) {
    at = putText(buffer, at, stream);
    at = buffer.writeDoubleLE(expected, at);
    at = buffer.writeDoubleLE(atLeast ?? -1, at);
    at = buffer.writeUInt32LE(events.length, at);
    for (const event of events) at = putEvent(buffer, at, event);
  }
  return buffer;
}

/** The opposite. The events' bytes are views on `frame`. */
export function* decodeAppends(frame: Uint8Array): Generator<AppendRequest> {
  const buffer = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 0;
  const take = (): Buffer => {
    const start = at + 4;
    at = start + buffer.readUInt32LE(at);
    return buffer.subarray(start, at);
  };
  while (at < buffer.length) {
    const stream = take().toString('utf8');
    const expected = buffer.readDoubleLE(at);
    const atLeast = buffer.readDoubleLE(at + 8);
    const count = buffer.readUInt32LE(at + 16);
    at += 20;
    const events: ProposedEvent[] = [];
    for (let n = 0; n < count; n++) {
      const id = buffer.subarray(at, at + 16);
      const isJson = buffer[at + 16] === 1;
      at += 17;
      events.push({ id, isJson, type: take().toString('utf8'), metadata: take(), data: take() });
    }
    yield { stream, expected, events, atLeast };
  }
}

function frameSize({ stream, events }: AppendRequest): number {
  let size = 4 + Buffer.byteLength(stream) + 20;
  for (const { type, metadata, data } of events)
    size += 17 + 12 + Buffer.byteLength(type) + metadata.length + data.length;
  return size;
}

function putEvent(buffer: Buffer, start: number, event: ProposedEvent): number {
  buffer.set(event.id, start);
  buffer[start + 16] = event.isJson ? 1 : 0;
  let at = putText(buffer, start + 17, event.type);
  at = putBytes(buffer, at, event.metadata);
  return putBytes(buffer, at, event.data);
}

function putText(buffer: Buffer, at: number, text: string): number {
  const length = buffer.write(text, at + 4);
  buffer.writeUInt32LE(length, at);
  return at + 4 + length;
}

function putBytes(buffer: Buffer, at: number, bytes: Uint8Array): number {
  buffer.writeUInt32LE(bytes.length, at);
  buffer.set(bytes, at + 4);
  return at + 4 + bytes.length;
}

const WRITTEN = 0;
const WRONG_EXPECTED_VERSION = 1;

/** Results on their way back, three numbers each. */
export function encodeResults(results: readonly AppendResult[]): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(results.length * 3);
  for (const [index, result] of results.entries()) {
    if (result.outcome === 'written')
      numbers.set([WRITTEN, result.revision, result.position ?? NaN], index * 3);
    else numbers.set([WRONG_EXPECTED_VERSION, result.current], index * 3);
  }
  return numbers;
}

export function decodeResult(numbers: Float64Array, index: number): AppendResult {
  const [kind, revision, position] = numbers.subarray(index * 3, index * 3 + 3) as unknown as [
    number,
    number,
    number,
  ];
  if (kind === WRONG_EXPECTED_VERSION) return { outcome: 'wrong-expected-version', current: revision };
  return { outcome: 'written', revision, position: Number.isNaN(position) ? undefined : position };
}
