import { createContext, Script } from 'node:vm';
import { FilterFailure, type EventFilter } from '../store/log-reader.js';
import { invalidArgument } from './refusals.js';

const PATTERN_LENGTH = 4096;
/** What the names of one page may take: usually a fraction of a millisecond. */
const PAGE_MS = 100;
/** A pause of the whole process would look like a slow pattern; hardly ever twice. */
const TRIES = 2;
/** Patterns, and answers of each, that are remembered. */
const KEPT_PATTERNS = 100;
const KEPT_ANSWERS = 2_000;
const KEPT_TEXT_LENGTH = 256;
/**
 * What the real server's dialect (.NET) has and JavaScript would read as something else without a word: further
 * letters after a backslash, `]` as the first of a class, and one class taken away from another.
 */
const OTHER_DIALECT = /(?<!\\)(?:\\\\)*\\[AaeGpPZz]|(?<!\\)\[\^?\]|-\[[^\]]*\]\]/;

/** @throws ServiceError */
export function textFilter(pattern: string, prefixes: readonly string[]): Pick<EventFilter, 'matches'> {
  if (pattern === '')
    return { matches: (texts) => texts.map((text) => prefixes.some((prefix) => text.startsWith(prefix))) };
  const known = patterns.get(pattern) ?? new Pattern(compile(pattern));
  patterns.delete(pattern);
  patterns.set(pattern, known);
  if (patterns.size > KEPT_PATTERNS) patterns.delete(patterns.keys().next().value ?? '');
  return known;
}

function compile(pattern: string): RegExp {
  if (pattern.length > PATTERN_LENGTH) throw invalidArgument('The regular expression is too long.');
  if (OTHER_DIALECT.test(pattern))
    throw invalidArgument('The regular expression uses what this node would read otherwise.');
  try {
    return new RegExp(pattern);
  } catch {
    throw invalidArgument('The regular expression is invalid.');
  }
}

const patterns = new Map<string, Pattern>();
const context = createContext({ regex: /x/, texts: [''] }) as { regex: RegExp; texts: readonly string[] };
const testAll = new Script('texts.map((text) => regex.test(text))');

/**
 * Matches anywhere in a text. While V8 matches, nobody else is answered, and some patterns take for ever on some texts: so
 * the time is bounded, and a pattern that was too slow once is not tried again while it is remembered.
 */
class Pattern {
  readonly #regex: RegExp;
  readonly #answers = new Map<string, boolean>();
  #slow = false;

  constructor(regex: RegExp) {
    this.#regex = regex;
  }

  readonly matches = (texts: readonly string[]): readonly boolean[] => {
    const asked = [...new Set(texts)].filter((text) => !this.#answers.has(text));
    const found = new Map(asked.length === 0 ? [] : this.#test(asked).map((is, at) => [asked[at], is]));
    const answers = texts.map((text) => this.#answers.get(text) ?? found.get(text) === true);
    for (const text of asked) this.#keep(text, found.get(text) === true);
    return answers;
  };

  #keep(text: string, answer: boolean): void {
    if (text.length > KEPT_TEXT_LENGTH) return;
    if (this.#answers.size >= KEPT_ANSWERS) this.#answers.clear();
    this.#answers.set(text, answer);
  }

  #test(texts: readonly string[]): readonly boolean[] {
    for (let tries = 0; tries < TRIES && !this.#slow; tries++) {
      try {
        Object.assign(context, { regex: this.#regex, texts });
        return testAll.runInContext(context, { timeout: PAGE_MS }) as boolean[];
      } catch (error) {
        // Some are found too large only when they are first used.
        if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT')
          throw new FilterFailure('The regular expression cannot be used.');
      }
    }
    this.#slow = true;
    throw new FilterFailure('The regular expression takes too long.');
  }
}
