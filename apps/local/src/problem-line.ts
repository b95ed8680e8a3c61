import { z } from 'zod';

/** pino's levels, by number or by name. */
const ERROR = 50;
const ERRORS = ['error', 'fatal'];
const record = z.object({ level: z.union([z.number(), z.string()]), msg: z.string() });
const MAX_LENGTH = 300;
/** What Node prints around the message of an error that nobody caught. */
const AROUND = /^\s|^[{}^~]*$|^Node\.js v|^\(Use `node|^file:\/\//;

/** What a line of a child's log tells a person, if it tells of a problem: errors of the structured log, and all else. */
export function problemIn(line: string, from: 'stdout' | 'stderr'): string | undefined {
  const parsed = record.safeParse(parse(line));
  if (parsed.success) return isError(parsed.data.level) ? shorten(parsed.data.msg) : undefined;
  return from === 'stderr' && !AROUND.test(line) ? shorten(line) : undefined;
}

const isError = (level: number | string): boolean =>
  typeof level === 'number' ? level >= ERROR : ERRORS.includes(level);

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
