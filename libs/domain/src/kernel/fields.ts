import { z } from 'zod';

/** What a closed form of text or number is called in the documentation. A free text has no entry here: it must be personal. */
export const formats = z.registry<{ readonly format: string }>();

const matching = (pattern: RegExp, format: string): z.ZodString =>
  z.string().regex(pattern).register(formats, { format });

/** Lower-case UUID text, any version. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const uuid = matching(UUID, 'UUID');

const TIMESTAMP =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** `YYYY-MM-DDTHH:MM:SS.mmmZ`, and a moment that exists. No year 0: PostgreSQL holds none, and it would stop every view. */
export const isTimestamp = (text: string): boolean =>
  // Every month has 28 days: only the others need the calendar, which costs more than the rest.
  TIMESTAMP.test(text) && (text.slice(8, 10) <= '28' || new Date(text).toJSON() === text);
export const timestamp = z.string().refine(isTimestamp).register(formats, { format: 'time' });

/** A word of a vocabulary, not of a person: lower case, at most 64. */
export const token = matching(/^[a-z0-9](?:[a-z0-9._:-]{0,62}[a-z0-9])?$/, 'token');
/**
 * What a permission and a reason are called: at most 64. It stands in the entry unsealed, so that its form leaves no room
 * for a sentence or an address; formats v1 §1.2 allows more.
 */
export const code = matching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, 'code');
/** The name of a data region. */
export const region = matching(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, 'token, at most 32');
/** ISO 3166-1 alpha-2. */
export const country = matching(/^[A-Z]{2}$/, 'ISO 3166-1 alpha-2');
/** A host-like name: the first part of a log's origin (formats v1 §1.7). */
export const operator = matching(/^[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?$/, 'host-like name, at most 200');
/** Name of a protocol version or a cipher suite. */
export const protocolName = matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'protocol name, at most 64');
/** An event type or its beginning. */
export const typePrefix = matching(/^[a-z][a-z.-]{0,63}$/, 'event type or its beginning');

/** RFC 3463 status of the classes given; without leading zeros (section 2), so that one status has one form. */
export const status = (...classes: readonly (2 | 4 | 5)[]): z.ZodString =>
  matching(
    new RegExp(`^[${classes.join('')}](?:\\.(?:0|[1-9]\\d{0,2})){2}$`),
    `RFC 3463 status, class ${classes.join(' or ')}`,
  );

/** The base64 of 32 bytes, in its one form (RFC 4648 §4). */
export const hash = matching(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'base64 of 32 bytes');

/** The base64 of a text, in its one form, of so many characters at most; 64 at least, so that it is no word. */
export const base64 = (most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .regex(
      /^(?:[A-Za-z0-9+/]{4}){15,}(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)$/,
    )
    .register(formats, { format: `base64, 64 to ${most}` });

/** The period of a key (formats v1 §3.7). */
export const period = matching(/^\d{4}(?:-(?:0[1-9]|1[0-2]))?$/, 'year or month: `2026`, `2026-11`');

/** The text of a log's checkpoint (formats v1 §1.7, §4.1): origin, size, root, each on a line of its own. */
export const checkpointText = matching(
  /^[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?\/t\/(?:0|[1-9]\d{0,9})-[a-z2-7]{51}[aq]\n(?:0|[1-9]\d{0,14})\n[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n$/,
  'checkpoint text',
);

/** Ids in ascending order, each once. */
export const ascendingIds = (least: number, most: number): z.ZodArray<z.ZodString> =>
  z.array(uuid).min(least).max(most).refine(isAscending);

export const isAscending = (texts: readonly string[]): boolean =>
  texts.every((text, n) => n === 0 || (texts[n - 1] ?? text) < text);

/** A whole number a canonical entry can hold (formats v1, notation). */
export const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER): z.ZodInt =>
  z
    .int()
    .min(least)
    .max(most)
    .register(formats, {
      format: most === Number.MAX_SAFE_INTEGER ? `integer ≥ ${least}` : `integer ${least} to ${most}`,
    });

const CONTROL = /\p{Cc}/u;
const CONTROL_IN_LINES = /[^\P{Cc}\t\n\r]/u;

/**
 * Free text in one line, 1 to `most` Unicode code points (zod counts so since 4.6; a spec holds it), well formed and without control characters: canonical JSON and
 * PostgreSQL can both hold it. Free text is always somebody's: mark it with `personal`.
 */
export const line = (most = 512): z.ZodString =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => text.isWellFormed() && !CONTROL.test(text));

/** The same in several lines. */
export const lines = (most: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => text.isWellFormed() && !CONTROL_IN_LINES.test(text));

/** An e-mail address somebody is to be reached at. Its form only: whether it works is found out by writing to it. */
export const address = line(512).regex(/^[^\s@]+@[^\s@]+$/);
