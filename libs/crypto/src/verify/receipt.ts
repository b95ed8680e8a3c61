import { utf8 } from '#platform';
import { b64u, fromB64u, hex } from '../encoding.js';
import { isUuid } from '../uuid.js';
import type { VerifierKey } from '../tlog/vkey.js';
import { formatVkey, verifierKey } from '../tlog/vkey.js';
import { verification } from '../tlog/webcrypto.js';
import { at, broken } from './finding.js';
import { bytesOf, membersOf, numberOf, parseExact, textOf } from './json.js';

/** The longest receipt that is read, in characters. */
const MAX_LENGTH = 10_000;
const TYPE = 'candor-receipt+jwt';

/** What the operator promises with a receipt (formats v1 §8.1). */
export interface Receipt {
  readonly iss: string;
  /** Unix seconds. */
  readonly iat: number;
  /** The log's origin. */
  readonly log: string;
  /** The event's id. */
  readonly id: string;
  /** The leaf hash, 32 bytes. */
  readonly leaf: Uint8Array;
  /** Unix seconds: an epoch after this time covers the entry. */
  readonly anchorBy: number;
}

/** A key that signs receipts, and nothing else. */
export interface ReceiptKey {
  /** The name it is published under, as a verifier key of type Ed25519. */
  readonly name: string;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** `kid` of a key: its verifier key without the key itself. */
export function receiptKid(key: VerifierKey): string {
  return formatVkey(key).split('+').slice(0, 2).join('+');
}

/** A compact JWS, alg Ed25519 (RFC 9864). @throws FormatFault `vkey.malformed` */
export async function signReceipt(receipt: Receipt, key: ReceiptKey): Promise<string> {
  const kid = receiptKid(verifierKey(key.name, 'ed25519', key.publicKey));
  const { iss, iat, log, id, leaf, anchorBy } = receipt;
  const header = part({ alg: 'Ed25519', typ: TYPE, kid });
  const input = `${header}.${part({ iss, iat, log, id, leaf: b64u(leaf), anchorBy })}`;
  return `${input}.${b64u(await key.sign(utf8(input)))}`;
}

/**
 * Reads a receipt and checks its signature: exactly this algorithm, this type and these members.
 * @throws Broken `receipt.malformed`, `receipt.key` for a key that is not known, `receipt.signature`, `json.form`,
 *   `json.members`, `encoding.malformed`
 */
export async function openReceipt(jws: string, keys: readonly VerifierKey[]): Promise<Receipt> {
  const [header = '', claims = '', signature = '', ...more] = jws.replace(/\n$/, '').split('.');
  if (jws.length > MAX_LENGTH || signature === '' || more.length > 0) {
    throw broken('receipt.malformed', 'a compact JWS is expected');
  }
  const { alg, typ, kid } = membersOf(json(header), ['alg', 'typ', 'kid']);
  if (alg !== 'Ed25519' || typ !== TYPE)
    throw broken('receipt.malformed', 'a receipt signed with Ed25519 is expected');
  const key = keys.find((one) => one.type === 'ed25519' && receiptKid(one) === kid);
  const verify = key === undefined ? undefined : await verification('ed25519', key.publicKey);
  if (verify === undefined) throw broken('receipt.key', 'signed by a key that is not known');
  const bytes = at({}, () => fromB64u(signature));
  if (!(await verify(bytes, utf8(`${header}.${claims}`)))) {
    throw broken('receipt.signature', 'the signature does not hold');
  }
  return receiptOf(json(claims));
}

function receiptOf(value: unknown): Receipt {
  const { iss, iat, log, id, leaf, anchorBy } = membersOf(value, [
    'iss',
    'iat',
    'log',
    'id',
    'leaf',
    'anchorBy',
  ]);
  if (typeof id !== 'string' || !isUuid(id)) throw broken('receipt.malformed', 'id is that of an event');
  return {
    iss: textOf(iss, 'iss'),
    iat: numberOf(iat, 'iat'),
    log: textOf(log, 'log'),
    id,
    leaf: bytesOf(leaf, 'leaf', fromB64u, 32),
    anchorBy: numberOf(anchorBy, 'anchorBy'),
  };
}

function part(value: object): string {
  return b64u(utf8(JSON.stringify(value)));
}

function json(encoded: string): unknown {
  const bytes = at({}, () => fromB64u(encoded));
  try {
    return parseExact(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw broken('receipt.malformed', 'JSON without white space is expected');
  }
}

/** The leaf of a receipt, as findings show it. */
export function leafOf(receipt: Receipt): string {
  return hex(receipt.leaf);
}
