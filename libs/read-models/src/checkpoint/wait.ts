import type { ViewListener } from './listener.js';

/** The view has not passed the position in time; it may soon. */
export class ViewBehind extends Error {
  override readonly name = 'ViewBehind';
  readonly code = 'view.behind';
}

/** The view has stopped before the position and will not pass it by itself. */
export class ViewFailed extends Error {
  override readonly name = 'ViewFailed';
  readonly code = 'view.failed';
}

/**
 * Resolves when the view has passed the position: a query begun afterwards sees that event.
 * @throws ViewBehind after the time
 * @throws ViewFailed at once, when the view has stopped before it
 */
export async function waitForView(
  listener: ViewListener,
  view: string,
  position: bigint,
  timeoutMs: number,
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const standing = listener.standing(view);
    if ((standing?.position ?? -1n) >= position) return;
    if (standing?.state === 'failed') throw new ViewFailed(`${view} has stopped`);
    if (timeout.aborted) throw new ViewBehind(`${view} is behind`);
    await listener.changed(timeout);
  }
}
