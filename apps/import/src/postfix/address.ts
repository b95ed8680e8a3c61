/** A value in angle brackets and the text after it. */
export interface Bracketed {
  readonly value: string;
  readonly rest: string;
}

/**
 * Reads `<address>` at the start of a text. Whoever sends mail chooses the address, so a `>` inside a quoted local part
 * (RFC 5321 section 4.1.2) does not end it: Postfix 3.5 and newer log addresses in their quoted form.
 */
export function readBracketed(text: string): Bracketed | undefined {
  if (!text.startsWith('<')) return undefined;
  let quoted = false;
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '>' && !quoted) return { value: text.slice(1, at), rest: text.slice(at + 1) };
  }
  return undefined;
}
