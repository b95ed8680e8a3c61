/** The time as a syslog line spells it: complete, or without year and zone. */
export type Stamp =
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'yearless'; readonly month: number; readonly day: number; readonly millisOfDay: number };

/** What stands before the text of a syslog line. */
export interface Header {
  readonly stamp: Stamp;
  /** The host as logged: a name with or without its domain. */
  readonly host: string;
  /** The program as logged, such as `postfix/smtp` or `postfix-out/smtp`. */
  readonly program: string;
  /** The process id as logged, or empty. */
  readonly pid: string;
  readonly text: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const PRIORITY = '(?:<\\d{1,3}>)?';
const TRADITIONAL = new RegExp(
  `^${PRIORITY}([A-Z][a-z]{2}) ([ 0-3]\\d) (\\d\\d):(\\d\\d):(\\d\\d) ([\\x21-\\x7e]{1,255}) (.*)$`,
  's',
);
const RFC3339 = new RegExp(
  `^${PRIORITY}(\\d{4}-\\d\\d-\\d\\d)[Tt](\\d\\d:\\d\\d:\\d\\d)(?:[.,](\\d{1,9}))?([Zz]|[+-]\\d\\d:?\\d\\d) ([\\x21-\\x7e]{1,255}) (.*)$`,
  's',
);
const TAG = /^([^\s:[]+)(?:\[(\d+)\])?: ?(.*)$/s;

/**
 * Splits one syslog line, in the traditional form (RFC 3164 section 4.1.2: no year, no zone) or with an RFC 3339 time.
 * Gives undefined for a line in neither form, or with a time that no calendar has.
 */
export function parseHeader(line: string): Header | undefined {
  const traditional = TRADITIONAL.exec(line);
  if (traditional !== null) return withTag(yearless(traditional), traditional[6], traditional[7]);
  const complete = RFC3339.exec(line);
  if (complete !== null) return withTag(instant(complete), complete[5], complete[6]);
  return undefined;
}

function withTag(
  stamp: Stamp | undefined,
  host: string | undefined,
  rest: string | undefined,
): Header | undefined {
  const tag = TAG.exec(rest ?? '');
  if (stamp === undefined || host === undefined || tag === null) return undefined;
  return { stamp, host, program: tag[1] ?? '', pid: tag[2] ?? '', text: tag[3] ?? '' };
}

function yearless([, name, dd, h, m, s]: RegExpExecArray): Stamp | undefined {
  const month = MONTHS.indexOf(name ?? '');
  const day = Number(dd);
  // A leap second is told as the second before it; RFC 3164 has no other way to say it either.
  const [hours, minutes, seconds] = [Number(h), Number(m), Math.min(Number(s), 59)];
  if (month < 0 || day < 1 || day > 31 || hours > 23 || minutes > 59) return undefined;
  return { kind: 'yearless', month, day, millisOfDay: ((hours * 60 + minutes) * 60 + seconds) * 1000 };
}

function instant([, date, time, fraction, zone]: RegExpExecArray): Stamp | undefined {
  const millis = `${fraction ?? ''}000`.slice(0, 3);
  const offset = (zone ?? '').toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const at = Date.parse(`${date ?? ''}T${(time ?? '').replace(/:60$/, ':59')}.${millis}${offset}`);
  return Number.isNaN(at) ? undefined : { kind: 'instant', at };
}
