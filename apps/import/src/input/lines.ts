const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Longer lines are cut here. Postfix cuts its own at about 2,000 bytes. */
export const MAX_LINE_BYTES = 8_192;

/**
 * Splits bytes into lines, a chunk's worth at a time; the last line needs no line feed. Bytes that are not UTF-8 become
 * U+FFFD. Every line is a string of its own: a part of it that is kept does not keep the chunk.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  let open: Buffer = Buffer.alloc(0);
  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      lines.push(decode(join(open, chunk.subarray(from, end))));
      open = Buffer.alloc(0);
      from = end + 1;
    }
    open = Buffer.from(join(open, chunk.subarray(from)));
    if (lines.length > 0) yield lines;
  }
  if (open.length > 0) yield [decode(open)];
}

/** Joins what is left of the chunk before, keeping no more than a line may have. */
function join(open: Buffer, part: Buffer): Buffer {
  const room = part.subarray(0, Math.max(MAX_LINE_BYTES - open.length, 0));
  return open.length === 0 ? room : Buffer.concat([open, room]);
}

function decode(line: Buffer): string {
  return line.toString('utf8', 0, line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length);
}
