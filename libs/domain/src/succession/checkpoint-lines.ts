/** What a checkpoint's text says, without the root. */
export interface CheckpointLines {
  readonly origin: string;
  readonly size: number;
}

/** Reads what passed its schema, and takes anything: what is no checkpoint names no origin. */
export function checkpointLines(text: unknown): CheckpointLines {
  const [origin = '', size = ''] = typeof text === 'string' ? text.split('\n') : [];
  return { origin, size: Number(size) };
}
