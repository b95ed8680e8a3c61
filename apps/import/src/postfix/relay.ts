import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** The host at the other end of an attempt; null where the log does not tell. */
export interface RemoteMta {
  readonly host: string | null;
  readonly ip: string | null;
  readonly port: number | null;
}

const RELAY = /^([^[\]]*)\[([^\]]*)\](?::(\d{1,5}))?$/;

/**
 * Reads Postfix's `relay=` value: `host[address]:port`, `host[socket path]`, or a name alone (`none`, `local`, a service),
 * for which there is no host at the other end.
 */
export function parseRelay(relay: string): RemoteMta | null {
  const match = RELAY.exec(relay);
  if (match === null) return null;
  const address = (match[2] ?? '').replace(/^IPv6:/i, '');
  const port = match[3] === undefined ? null : Number(match[3]);
  return {
    host: domainToASCII(match[1] ?? '') || null,
    ip: isIP(address) === 0 ? null : address,
    port: port !== null && port > 0 && port < 65_536 ? port : null,
  };
}

/** Whether an address is this machine's own: there a content filter listens, not somebody else's mail server. */
export function isLoopback(ip: string | null): boolean {
  return ip !== null && (ip === '::1' || /^(?:::ffff:)?127\./i.test(ip));
}
