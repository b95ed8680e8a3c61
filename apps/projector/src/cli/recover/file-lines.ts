import { createReadStream } from 'node:fs';

const NEWLINE = 10;

/** A line of a file, without its newline, and where the next one begins. */
export interface FileLine {
  readonly text: string;
  readonly next: number;
}

/** Lines of a file from a place on, which is the beginning of one. Holds a piece of the file and one line. */
export async function* linesFrom(file: string, start: number): AsyncGenerator<FileLine> {
  let [rest, next] = [Buffer.alloc(0), start];
  for await (const piece of createReadStream(file, { start }) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, piece]);
    let begin = 0;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, begin)) {
      const text = rest.toString('utf8', begin, end);
      next += end + 1 - begin;
      begin = end + 1;
      yield { text, next };
    }
    rest = rest.subarray(begin);
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), next: next + rest.length };
}
