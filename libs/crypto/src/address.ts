import { domainToASCII } from 'node:url';
import { FormatFault } from './fault.js';

const MAX_BYTES = 512;
const MAX_DOMAIN = 253;
const CONTROL = /\p{Cc}/u;
const SPACE = /[\p{White_Space}<>]/u;
/** All ASCII a domain may hold. Anything else the URL parser behind domainToASCII could take for more than a host. */
const DOMAIN = /^(?:[A-Za-z0-9._-]|[^\p{ASCII}\p{White_Space}])+$/u;
const LABEL = /^[a-z0-9_-]{1,63}$/;
const NUMERIC = /^(?:[0-9]+|0x[0-9a-f]*)$/;
const LITERAL = /^\[[A-Za-z0-9.:-]{2,64}\]$/;

/**
 * The one form of a mail address under which its subject is found (formats v1 §3.2): spaces (U+0020) trimmed, NFC,
 * the domain as lower-case A-labels (UTS #46, non-transitional), ASCII letters of the local part in lower case, NFC
 * again. The part after the last `@` is the domain; an address literal `[…]` is one, its letters in lower case.
 * Applying it twice changes nothing.
 * @throws FormatFault `address.malformed`: no `@`, an empty part, a control character, white space or angle bracket
 *   outside of a quoted local part, a lone surrogate, a domain that is not a name, more than 512 bytes
 */
export function normalizeAddress(address: string): string {
  if (address.length > 2 * MAX_BYTES) throw malformed('too long');
  const trimmed = address.replace(/^ +/, '').replace(/ +$/, '').normalize('NFC');
  if (!trimmed.isWellFormed() || CONTROL.test(trimmed)) throw malformed('not plain text');
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const quoted = local.length > 2 && local.startsWith('"') && local.endsWith('"');
  if (local === '' || (SPACE.test(local) && !quoted)) throw malformed('no local part');
  const normal = `${lowerAscii(local).normalize('NFC')}@${normalizeDomain(trimmed.slice(at + 1))}`;
  if (Buffer.byteLength(normal) > MAX_BYTES) throw malformed('too long');
  return normal;
}

function normalizeDomain(domain: string): string {
  if (LITERAL.test(domain)) return lowerAscii(domain);
  if (!DOMAIN.test(domain)) throw malformed('no domain');
  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  // A last label that is a number would be an IPv4 address, which mail writes as a literal.
  if (ascii.length > MAX_DOMAIN || !labels.every((label) => LABEL.test(label))) throw malformed('no domain');
  if (NUMERIC.test(labels.at(-1) ?? '')) throw malformed('no domain');
  return ascii;
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function malformed(why: string): FormatFault {
  return new FormatFault('address.malformed', why);
}
