import { COMMITMENT } from './grammar.js';

const COMMITTED = new RegExp(COMMITMENT, 'y');
/** With sixteen digits not each is a safe one. */
const SCALAR = /null|true|false|0|-?[1-9][0-9]{0,14}/y;

/** An object or array may stand inside at most fifteen others; the body stands in the entry. */
const MAX_LEVEL = 16;
const BODY_LEVEL = 2;
const MAX_NAME = 64;

const [QUOTE, DOLLAR, COMMA, COLON, BACKSLASH] = [0x22, 0x24, 0x2c, 0x3a, 0x5c];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Goes over the canonical text of an entry's body. Where text has escapes, or is wrong, it stops. */
export class BodyScan {
  /** @param found is told each commitment in the entry's order: its pointer, `$c` and `$k` */
  constructor(
    private readonly text: string,
    private at: number,
    private readonly found: (pointer: string, c: string | undefined, k: string | undefined) => void,
  ) {}

  /** Where the body ended. */
  get end(): number {
    return this.at;
  }

  /** Whether an object that is no commitment stands here, written as JCS does. */
  isCanonical(): boolean {
    const { text, at } = this;
    return (
      text.charCodeAt(at) === OBJECT &&
      text.charCodeAt(at + 2) !== DOLLAR &&
      this.members(BODY_LEVEL, '/body')
    );
  }

  private nested(level: number, pointer: string): boolean {
    if (level > MAX_LEVEL) return false;
    if (this.text.charCodeAt(this.at) === LIST) return this.items(level, pointer);
    return this.text.charCodeAt(this.at + 2) === DOLLAR
      ? this.commitment(pointer)
      : this.members(level, pointer);
  }

  private members(level: number, pointer: string): boolean {
    const { text } = this;
    if (text.charCodeAt(++this.at) === OBJECT_END) return this.step();
    for (let before = -1; ; this.at++) {
      const name = this.at + 1;
      const end = this.nameEnd(name);
      if (end < 0 || (before >= 0 && !this.inOrder(before, name)) || text.charCodeAt(end + 1) !== COLON)
        return false;
      before = name;
      this.at = end + 2;
      const good = this.isNested()
        ? this.nested(level + 1, `${pointer}/${text.slice(name, end)}`)
        : this.plain();
      if (!good) return false;
      const next = text.charCodeAt(this.at);
      if (next === OBJECT_END) return this.step();
      if (next !== COMMA) return false;
    }
  }

  private items(level: number, pointer: string): boolean {
    const { text } = this;
    if (text.charCodeAt(++this.at) === LIST_END) return this.step();
    for (let i = 0; ; i++, this.at++) {
      const good = this.isNested() ? this.nested(level + 1, `${pointer}/${i}`) : this.plain();
      if (!good) return false;
      const next = text.charCodeAt(this.at);
      if (next === LIST_END) return this.step();
      if (next !== COMMA) return false;
    }
  }

  private commitment(pointer: string): boolean {
    COMMITTED.lastIndex = this.at;
    const parts = COMMITTED.exec(this.text);
    if (parts === null) return false;
    this.at = COMMITTED.lastIndex;
    this.found(pointer, parts[1], parts[2]);
    return true;
  }

  private isNested(): boolean {
    const first = this.text.charCodeAt(this.at);
    return first === OBJECT || first === LIST;
  }

  /** Over text, a number, true, false or null. */
  private plain(): boolean {
    const { text } = this;
    if (text.charCodeAt(this.at) !== QUOTE) {
      SCALAR.lastIndex = this.at;
      if (!SCALAR.test(text)) return false;
      this.at = SCALAR.lastIndex;
      return true;
    }
    for (let at = this.at + 1; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c === QUOTE) {
        this.at = at + 1;
        return true;
      }
      if (c < 0x20 || c === BACKSLASH) return false;
    }
    return false;
  }

  /** @returns where the name's closing quote is, −1 when it is none: `^[a-z][A-Za-z0-9]{0,63}$` */
  private nameEnd(start: number): number {
    const { text } = this;
    if (text.charCodeAt(start - 1) !== QUOTE || !isLower(text.charCodeAt(start))) return -1;
    for (let at = start + 1; at <= start + MAX_NAME; at++) {
      const c = text.charCodeAt(at);
      if (c === QUOTE) return at;
      if (!isLower(c) && !(c >= 0x41 && c <= 0x5a) && !(c >= 0x30 && c <= 0x39)) return -1;
    }
    return -1;
  }

  /** Whether one name sorts before another. A closing quote sorts before all that names have. */
  private inOrder(one: number, other: number): boolean {
    for (let i = 0; ; i++) {
      const [a, b] = [this.text.charCodeAt(one + i), this.text.charCodeAt(other + i)];
      if (a !== b) return a < b;
      if (a === QUOTE) return false;
    }
  }

  private step(): true {
    this.at++;
    return true;
  }
}

function isLower(c: number): boolean {
  return c >= 0x61 && c <= 0x7a;
}
