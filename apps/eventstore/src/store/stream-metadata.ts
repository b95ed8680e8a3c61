/** `$tb` of a soft-deleted stream, which no JSON number in JavaScript can hold exactly. */
const DELETED_FROM = 9.22e18;

/** What a stream's metadata says about which of its events are to be seen. */
export interface StreamMetadata {
  /** Events below this revision are hidden; `Infinity` means that the stream is deleted (softly). */
  readonly truncateBefore: number;
  readonly maxCount: number | undefined;
  /** Seconds. */
  readonly maxAge: number | undefined;
}

export const NO_METADATA: StreamMetadata = { truncateBefore: 0, maxCount: undefined, maxAge: undefined };
/** Every metadata stream shows its last event only. */
export const METADATA_OF_METADATA: StreamMetadata = { ...NO_METADATA, maxCount: 1 };

/** Reads the data of a `$metadata` event. Malformed JSON counts as empty, a value out of range as absent. */
export function parseMetadata(data: Uint8Array): StreamMetadata {
  const document = parseObject(data);
  const truncateBefore = integer(document['$tb'], 0) ?? 0;
  return {
    truncateBefore: truncateBefore >= DELETED_FROM ? Infinity : truncateBefore,
    maxCount: integer(document['$maxCount'], 1),
    maxAge: integer(document['$maxAge'], 1),
  };
}

export function isDeleted(metadata: StreamMetadata): boolean {
  return metadata.truncateBefore === Infinity;
}

/** The same metadata with another `$tb`; every other key stays. */
export function withTruncateBefore(data: Uint8Array, revision: number): Uint8Array {
  return Buffer.from(JSON.stringify({ ...parseObject(data), $tb: revision }));
}

function parseObject(data: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Malformed metadata is treated as none, as the real server does.
  }
  return {};
}

function integer(value: unknown, least: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= least ? value : undefined;
}
