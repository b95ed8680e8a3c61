// Regular expressions' sources for what stands in canonical bytes, text without escapes.

export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** Whether there is such a day is another question. */
export const TIME =
  '[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])' +
  'T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z';

const CHARACTER = '[^"\\\\\\u0000-\\u001f]';

/** One character and more. */
export const TEXT = `${CHARACTER}+`;

export const TOKEN = '[!#-[\\]-~]{1,64}';

/** b64u of 32 bytes: 43 characters, the last without the two bits that are too many. */
export const BYTES_32 = '[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]';

/** Captures `$c` and `$k`. */
export const COMMITMENT = `\\{"\\$c":"(${BYTES_32})","\\$k":"(${UUID})"\\}`;

/** A disclosed field whose value is text. Captures path, salt, and the value as it is written. */
export const OPENING = `\\{"path":"(${TEXT})","salt":"(${BYTES_32})","value":("${CHARACTER}*")\\}`;

export const quoted = (grammar: string): string => `"${grammar}"`;

export const orNull = (grammar: string): string => `(?:null|${grammar})`;
