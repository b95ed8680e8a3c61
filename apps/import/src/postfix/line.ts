import type { Clock } from './clock.js';
import { parseHeader } from './header.js';
import { parseText } from './text.js';
import type { LogLine } from './token.js';

/** Reads one line of a mail log; undefined when it is not a syslog line with a time. */
export function parseLine(line: string, clock: Clock): LogLine | undefined {
  const header = parseHeader(line);
  if (header === undefined) return undefined;
  const at = clock(header.stamp);
  if (at === undefined) return undefined;
  const { host, program, pid, text } = header;
  return { at, host, process: `${program}[${pid}]`, token: parseText(program, text) };
}
