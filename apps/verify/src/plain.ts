/**
 * Text of a file that is checked, as it may be shown on a terminal: whoever made the file may have put in what moves the cursor,
 * turns the direction of writing or ends the line, and so write a verdict of his own.
 */
export function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON of printable ASCII alone, for the same reason. */
export function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
