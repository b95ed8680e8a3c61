import type { Execution } from '@candor/event-store';
import type { CommandMeta } from './command-meta.js';

/** A command as the executor takes it, on one stream. */
export function execution<C>(stream: string, command: C, meta: CommandMeta): Execution<C> {
  const { commandId, context, deadline } = meta;
  return { stream, command, commandId, causation: null, context, deadline };
}
