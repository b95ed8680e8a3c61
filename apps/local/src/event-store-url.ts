/** Where a node of an event store listens. */
export interface EventStoreHost {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 2113;
const ADDRESS = /^esdb(?:\+discover)?:\/\/(?:[^/?@]*@)?([^/?@]+)(?:[/?].*)?$/;
const HOST = /^([\w.-]+)(?::(\d{1,5}))?$/;

/**
 * The hosts that a connection string of the stock client names: one, or several of a cluster with commas between, which no
 * URL has. Undefined for what that client does not understand, as `kurrentdb://`.
 */
export function hostsOf(connectionString: string): readonly EventStoreHost[] | undefined {
  const [, list] = ADDRESS.exec(connectionString) ?? [];
  const hosts = (list ?? '').split(',').map(hostFrom);
  return hosts.every((host) => host !== undefined) ? hosts : undefined;
}

function hostFrom(text: string): EventStoreHost | undefined {
  const [, host, digits] = HOST.exec(text) ?? [];
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
