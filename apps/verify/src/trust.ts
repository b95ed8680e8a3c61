import { FormatFault, parsePolicy, parseVkey, type VerifierKey } from '@candor/crypto/tlog';
import { type Trust } from '@candor/crypto/verify';
import { readText } from './input.js';
import type { Options } from './options.js';
import { type Surroundings, UsageError } from './surroundings.js';

/** Trust as it was given, to verify with and to show. */
export interface GivenTrust {
  readonly trust: Trust;
  readonly receiptKeys: readonly VerifierKey[];
}

const NONE = 'none';

/** @throws UsageError for a key or policy that cannot be used */
export async function readTrust(options: Options, { stdin }: Surroundings): Promise<GivenTrust> {
  const { policy, allowSplit, interval } = options;
  const text = policy === null ? null : await readText(policy, stdin);
  return {
    trust: {
      origin: options.origin,
      logKeys: keys('--log-key', options.logKeys),
      operatorKeys: operatorKeys(options.operatorKeys),
      policy: text === null ? null : usable('--policy', () => parsePolicy(text, { allowSplit })),
      ...(interval === undefined ? {} : { interval }),
    },
    receiptKeys: keys('--receipt-key', options.receiptKeys),
  };
}

/** K_slot, as the registration answered it. @throws UsageError */
export async function readSlotKey(file: string, stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const text = (await readText(file, stdin)).trim();
  const bytes = Buffer.from(text, 'base64');
  // It is secret: what is wrong with it is not repeated.
  if (bytes.length !== 32 || bytes.toString('base64') !== text)
    throw new UsageError(
      '--slot-key names a file with the slot key of the registration: 32 bytes in base64.',
    );
  return bytes;
}

/** None may be said; where nothing is said it is not known. @throws UsageError */
function operatorKeys(given: readonly string[]): VerifierKey[] | undefined {
  if (given.length === 0) return undefined;
  if (!given.includes(NONE)) return keys('--operator-key', given);
  if (given.length > 1) throw new UsageError('--operator-key is none, or a key each time.');
  return [];
}

function keys(name: string, vkeys: readonly string[]): VerifierKey[] {
  return vkeys.map((vkey) => usable(name, () => parseVkey(vkey)));
}

function usable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (fault) {
    throw asUsage(name, fault);
  }
}

/** What is wrong with what was given from outside is a wrong use, not a finding. */
export function asUsage(name: string, fault: unknown): unknown {
  return fault instanceof FormatFault ? new UsageError(`${name} cannot be used: ${fault.message}.`) : fault;
}
