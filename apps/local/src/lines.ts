import type { Readable } from 'node:stream';

const MAX_LINE = 64 * 1024;

/** Calls back for every line; a longer one is cut. */
export function eachLine(stream: Readable, callback: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) callback(line.slice(0, MAX_LINE));
  });
  stream.on('end', () => {
    if (rest !== '') callback(rest);
  });
}
