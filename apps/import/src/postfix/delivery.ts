import { readBracketed } from './address.js';
import { STATUSES, type Delivery } from './token.js';

const FIELDS =
  /^, relay=(\S+?),(?: conn_use=\d+,)? delay=([\d.]+),(?: delays=[\d./]+,)? (?:dsn=(\d\.\d{1,3}\.\d{1,3}), )?status=([A-Za-z-]+)(?: \((.*)\))?$/s;

/**
 * Reads `to=<…>, orig_to=<…>, relay=…, conn_use=…, delay=…, delays=…, dsn=…, status=… (…)`.
 * Fields are taken strictly from left to right and the text last, so that a remote reply or an address that spells a
 * field of its own is never read as one. Gives undefined for any other form.
 */
export function parseDelivery(agent: string, queueId: string, fact: string): Delivery | undefined {
  const recipient = readBracketed(fact.slice('to='.length));
  if (recipient === undefined || recipient.value === '') return undefined;
  const original = recipient.rest.startsWith(', orig_to=')
    ? readBracketed(recipient.rest.slice(', orig_to='.length))
    : undefined;
  const fields = FIELDS.exec(original?.rest ?? recipient.rest);
  if (fields === null) return undefined;
  const [, relay = '', delay, dsn, word, text = ''] = fields;
  const status = STATUSES.find((known) => known === word?.toLowerCase());
  if (status === undefined) return undefined;
  return {
    kind: 'delivery',
    queueId,
    recipient: recipient.value,
    originalAddress: original === undefined || original.value === '' ? null : original.value,
    agent,
    relay,
    delayMs: toMillis(delay),
    dsn: dsn === undefined ? null : withoutZeros(dsn),
    status,
    text,
  };
}

/** Postfix passes on what the remote said; RFC 3463 section 2 writes a number without leading zeros. */
function withoutZeros(status: string): string {
  return status.replace(/\.0+(?=\d)/g, '.');
}

function toMillis(seconds: string | undefined): number | null {
  const millis = Math.round(Number(seconds) * 1000);
  return Number.isSafeInteger(millis) ? millis : null;
}
