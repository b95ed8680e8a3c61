const PREFIX = 'sealed:';

/** The envelopes of an entry by key id, out of its record's metadata (formats v1 §1.3). */
export function decodeMetadataEnvelopes(metadata: Uint8Array): Readonly<Record<string, string>> {
  const members = JSON.parse(Buffer.from(metadata).toString()) as Readonly<Record<string, string>>;
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value] as const] : [],
    ),
  );
}
