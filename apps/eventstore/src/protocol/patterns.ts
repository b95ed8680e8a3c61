import type { EventFilter } from '../store/log-reader.js';
import { invalidArgument } from './refusals.js';

const PATTERN_LENGTH = 4096;
/**
 * What the real server's dialect (.NET) has and JavaScript would read as something else without a word: further
 * letters after a backslash, `]` as the first of a class, and one class taken away from another.
 */
const OTHER_DIALECT = /(?<!\\)(?:\\\\)*\\[AaeGpPZz]|(?<!\\)\[\^?\]|-\[[^\]]*\]\]/;

/** A pattern matches anywhere in the text; without one, any of the prefixes does. @throws ServiceError */
export function matcher(pattern: string, prefixes: readonly string[]): EventFilter['matches'] {
  if (pattern === '') return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  if (pattern.length > PATTERN_LENGTH) throw invalidArgument('The regular expression is too long.');
  if (OTHER_DIALECT.test(pattern))
    throw invalidArgument('The regular expression uses what this node would read otherwise.');
  const regex = compile(pattern);
  if (regex === undefined) throw invalidArgument('The regular expression is invalid.');
  return (text) => regex.test(text);
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}
