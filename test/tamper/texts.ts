import { sealedText } from './lines.ts';

/** A number from 0 to below `bound`. */
export type Draw = (bound: number) => number;

/** Numbers that come out the same for the same seed (xorshift). */
export function drawer(seed: number): Draw {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** One way to change the text of an export, at a place that is drawn. The end line fits what it has become where one is there. */
export type TextChange = (text: string, other: string, draw: Draw) => string;

const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -2);

/** Each gives an export that differs from the one it was given. */
export const TEXT_CHANGES: Readonly<Record<string, TextChange>> = {
  'a bit changed': (text, _, draw) => flipped(text, draw),
  'a bit changed, and the end made to fit': (text, _, draw) => {
    // Only up to the end line, which is written anew.
    const body = `${linesOf(text).join('\n')}\n`;
    return sealedText(flipped(body.slice(0, -1), draw).split('\n'));
  },
  'a line dropped': (text, _, draw) => {
    const lines = linesOf(text);
    // Where the last head covers every entry, the newest checkpoint is said twice.
    const needed = lines.flatMap((line, n) => (line.startsWith('{"t":"checkpoint"') ? [] : [n]));
    return sealedText(lines.toSpliced(needed[draw(needed.length)] ?? 0, 1));
  },
  'a line doubled': (text, _, draw) => {
    const lines = linesOf(text);
    const at = draw(lines.length);
    return sealedText(lines.toSpliced(at, 0, lines[at] ?? ''));
  },
  'two lines in each other’s place': (text, _, draw) => {
    const lines = linesOf(text);
    const at = draw(lines.length - 1);
    return sealedText(lines.with(at, lines[at + 1] ?? '').with(at + 1, lines[at] ?? ''));
  },
  'the tail cut off': (text, _, draw) => text.slice(0, 1 + draw(text.length - 2)),
  'the tail cut off at a line, and the end made to fit': (text, _, draw) => {
    const lines = linesOf(text);
    return sealedText(lines.slice(0, 1 + draw(lines.length - 1)));
  },
  'a line of another tenant': (text, other, draw) => {
    const [lines, others] = [linesOf(text), linesOf(other)];
    // Epochs and the anchor's checkpoint are the same for all.
    const theirs = lines.flatMap((line, n) => (line === others[n] ? [] : [n]));
    const at = theirs[draw(theirs.length)] ?? 0;
    return sealedText(lines.with(at, others[at] ?? ''));
  },
};

function flipped(text: string, draw: Draw): string {
  const bytes = Buffer.from(text);
  const at = draw(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(7));
  return bytes.toString();
}
