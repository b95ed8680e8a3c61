import type { TlsSession } from './token.js';

interface Open {
  readonly relay: string;
  readonly session: TlsSession;
  /** The message it was used for first. */
  queueId: string | undefined;
}

/** Which process has which TLS session open. */
export interface Sessions {
  readonly opened: (process: string, relay: string, session: TlsSession) => void;
  readonly lost: (process: string) => void;
  /** The session under which a process delivered this message to this relay, or null. */
  readonly use: (process: string, relay: string, queueId: string) => TlsSession | null;
}

/**
 * Remembers TLS lines until the deliveries that they belong to.
 * Postfix logs a TLS line for every connection and for every reuse of one, and a process delivers one message at a time.
 * So a session counts for the recipients of one message only: the process's next message without a TLS line of its own
 * went without TLS, and nothing is claimed of it.
 */
export function createSessions(maxProcesses = 10_000): Sessions {
  const open = new Map<string, Open>();
  return {
    opened: (process, relay, session) => {
      open.delete(process);
      open.set(process, { relay, session, queueId: undefined });
      const oldest = open.size > maxProcesses ? open.keys().next().value : undefined;
      if (oldest !== undefined) open.delete(oldest);
    },
    lost: (process) => {
      open.delete(process);
    },
    use: (process, relay, queueId) => {
      const found = open.get(process);
      if (found === undefined) return null;
      found.queueId ??= queueId;
      if (found.queueId !== queueId) open.delete(process);
      return found.queueId === queueId && found.relay === relay ? found.session : null;
    },
  };
}
