import type shared from '@eventstore/db-client/generated/shared_pb.js';

const NAME_BYTES = 4096;
/** A name may begin with the byte order mark, and is another one without it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The stream a request names, or what is wrong with the name. `$all` is a read option, not a stream. Of a text with a NUL
 * the first releases of Node 24 read back from SQLite what stands before it.
 */
export function streamNameOf(
  identifier: shared.StreamIdentifier | undefined,
): { readonly name: string } | { readonly problem: string } {
  const bytes = identifier?.getStreamName_asU8() ?? new Uint8Array();
  if (bytes.length > NAME_BYTES) return { problem: `A stream name is at most ${NAME_BYTES} bytes.` };
  let name: string;
  try {
    name = utf8.decode(bytes);
  } catch {
    return { problem: 'A stream name is UTF-8.' };
  }
  if (name === '' || name === '$$') return { problem: 'A stream name cannot be empty.' };
  if (name.includes('\0')) return { problem: 'A stream name has no NUL.' };
  if (name === '$all') return { problem: '"$all" is not the name of a stream.' };
  return { name };
}
