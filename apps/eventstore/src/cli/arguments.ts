import { parseArgs } from 'node:util';
import { NodeFailure, reasonOf, UsageFailure } from '../store/failures.js';

export interface NodeOptions {
  readonly host: '127.0.0.1';
  /** 0: any free port. */
  readonly port: number;
  readonly data: string;
}

/**
 * Of the two loopback addresses only the one that a connection string of the stock client can name.
 * @throws UsageFailure, or NodeFailure for an address the node never listens on
 */
export function nodeOptions(args: readonly string[]): NodeOptions {
  const { host, port, data } = parse(args);
  if (host !== '127.0.0.1')
    throw new NodeFailure(
      `This node has no users and no TLS, so it listens on 127.0.0.1 only, not on ${host}; for other machines run a real EventStoreDB cluster and point Candor to it with EVENTSTORE_URL.`,
    );
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new UsageFailure(`--port is a number from 0 to 65535, not ${port}.`);
  if (data === undefined || data === '') throw new UsageFailure('--data names the directory of the log.');
  return { host, port: Number(port), data };
}

function parse(args: readonly string[]): { host: string; port: string; data: string | undefined } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '2113' },
        data: { type: 'string' },
      },
    });
    return { host: values.host, port: values.port, data: values.data };
  } catch (error) {
    throw new UsageFailure(`${reasonOf(error)} Usage: --port PORT --data DIR [--host 127.0.0.1].`);
  }
}
