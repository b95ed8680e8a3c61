/**
 * Columns as PostgreSQL array literals, so that one statement writes a whole batch by `unnest`. Written out here because
 * the driver's own conversion looks at every value twice.
 */

type Value = string | number | bigint | null;

/** For values without quotes, backslashes, commas, braces, spaces: UUIDs, numbers, booleans, times in the entry's form. */
export function plain(values: readonly (Value | boolean)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** For any text. */
export function text(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`)).join(',')}}`;
}

/**
 * Byte strings of many rows as one binary parameter with offsets and lengths: `substring($1::bytea from o for n)`.
 * An array of bytea would travel and be parsed as hexadecimal text.
 */
export class ByteColumn {
  private readonly parts: Uint8Array[] = [];
  private readonly starts: number[] = [];
  private readonly sizes: number[] = [];
  private total = 0;

  /** One row's value: these parts in a row. */
  add(...parts: readonly Uint8Array[]): void {
    this.starts.push(this.total + 1);
    let size = 0;
    for (const part of parts) {
      this.parts.push(part);
      size += part.length;
    }
    this.sizes.push(size);
    this.total += size;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.parts, this.total);
  }
  get offsets(): string {
    return plain(this.starts);
  }
  get lengths(): string {
    return plain(this.sizes);
  }
}
