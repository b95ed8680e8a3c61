import { createHash } from 'node:crypto';

/** A line of an export, as JSON has it. */
export type Line = Readonly<Record<string, unknown>> & { readonly t: string };

export function parseLines(text: string): readonly Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** An export's first line. */
export function headerOf([header]: readonly Line[]): Line {
  if (header?.t !== 'export') throw new Error('an export begins with its header');
  return header;
}

/** The export that these lines make, with an end that fits them: whoever tampers writes that anew. */
export function sealed(lines: readonly Line[]): string {
  return sealedText(lines.filter(({ t }) => t !== 'end').map((line) => JSON.stringify(line)));
}

/** The same of lines that may be no JSON. */
export function sealedText(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('base64');
  return `${text}${JSON.stringify({ t: 'end', lines: lines.length, sha256 })}\n`;
}
