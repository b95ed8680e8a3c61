/** The gRPC status codes that are told apart (google.rpc.Code). */
export const Code = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/** Answers that may be another one in a moment. */
const TRANSIENT = new Set<number>([
  Code.UNAVAILABLE,
  Code.DEADLINE_EXCEEDED,
  Code.RESOURCE_EXHAUSTED,
  Code.INTERNAL,
  Code.ABORTED,
]);

const REFUSALS = new Set<number>([Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.FAILED_PRECONDITION]);

/** The status of an answer; undefined when there was none, as without credentials. */
export function codeOf(error: unknown): number | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return (code !== undefined && TRANSIENT.has(code)) || saysChecksum(error);
}

export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && REFUSALS.has(code) && !saysChecksum(error);
}

/**
 * A request that arrived changed: worth sending again. Told from other bad requests by its text alone, which names the
 * field (`…_crc32c`); not recognised, it is an ordinary refusal.
 */
function saysChecksum(error: unknown): boolean {
  return (
    codeOf(error) === Code.INVALID_ARGUMENT &&
    error instanceof Error &&
    /crc32c|checksum/i.test(error.message)
  );
}
