import { isMetadataStream, type ProposedEvent } from '../store/event.js';

/** What makes a real node hide events, and in time remove them. */
const TRUNCATING = ['$tb', '$maxCount', '$maxAge'];

/**
 * Why an event cannot be written to a stream's metadata, if it cannot: this log deletes nothing, so metadata that
 * names a limit, or of which that cannot be told, is refused. Everything else (`$acl`, own keys) is kept without
 * effect, as on a real node without users.
 */
export function refusedMetadata(stream: string, { data }: ProposedEvent): string | undefined {
  if (!isMetadataStream(stream)) return undefined;
  const keys = keysOf(Buffer.from(data).toString('utf8'));
  if (keys === undefined) return 'This node takes only a JSON object for the metadata of a stream.';
  const limit = TRUNCATING.find((key) => keys.includes(key));
  return limit === undefined ? undefined : `This node deletes nothing: stream metadata cannot set ${limit}.`;
}

function keysOf(json: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value);
  } catch {
    // No JSON: said below.
  }
  return undefined;
}
