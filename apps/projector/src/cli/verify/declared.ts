import { FormatFault } from '@candor/crypto';
import { parseCheckpoint } from '@candor/crypto/tlog';
import type { LogOrigin } from '@candor/read-models';

/** That entries of an origin are lost, said by the entry 0 of its successor (formats v1 §4.5). */
export interface Declared extends LogOrigin {
  /** The last checkpoint that is given up: it and those before it may be lost. */
  readonly size: number;
  readonly root: Uint8Array;
  /** Its text. */
  readonly previous: string;
  /** How many entries of it there are. */
  readonly entries: number;
  readonly cause: string;
  /** Sizes of recorded or signed heads that were found to be lost. */
  readonly lost: Set<number>;
}

/**
 * What a `log.succeeded` declares of the origin before it; undefined when the checkpoint it names is none of that origin's:
 * that declares nothing.
 */
export function declaredBy(
  { log, succession, frontier }: LogOrigin & { readonly frontier: { readonly size: number } },
  body: object,
  origin: string | undefined,
): Declared | undefined {
  const { previous, cause } = body as { readonly previous?: unknown; readonly cause?: unknown };
  try {
    if (typeof previous !== 'string') return undefined;
    const last = parseCheckpoint(previous);
    if (last.origin !== origin) return undefined;
    const { size, root } = last;
    const entries = frontier.size;
    return { log, succession, size, root, previous, entries, cause: String(cause), lost: new Set() };
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}

const [REQUESTED, APPROVED] = ['platform.succession-requested', 'platform.succession-approved'];

/** What two people have said is left of logs that were ended: the heads up to it are not given up. */
export class Approvals {
  private readonly asked = new Map<unknown, { readonly previous: unknown; readonly kept: unknown }>();
  private readonly kept = new Map<unknown, number>();
  private readonly ended = new Set<unknown>();

  take({ type, body }: { readonly type: string; readonly body: object }): void {
    if (type !== REQUESTED && type !== APPROVED) return;
    const { log, previous, kept } = body as Readonly<Record<'log' | 'previous' | 'kept', unknown>>;
    const asked = this.asked.get(log);
    if (type === REQUESTED) this.asked.set(log, { previous, kept });
    else if (asked?.previous === previous && !(this.ended.has(previous) && this.has(previous)))
      this.kept.set(previous, Number(asked?.kept));
  }

  /** The log was ended at this checkpoint: what is said from now on changes nothing, where something was said. */
  end(previous: unknown): void {
    this.ended.add(previous);
  }

  /** Whether two people have said that a log is ended at this checkpoint. */
  has(previous: unknown): boolean {
    return this.kept.has(previous);
  }

  /** Of a checkpoint that is given up, the size up to which nothing is. */
  keptOf({ previous }: Declared): number {
    return this.kept.get(previous) ?? 0;
  }
}
