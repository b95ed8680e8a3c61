import { requireLength, utf8 } from './encoding.js';
import { FormatFault } from './fault.js';
import { hmac } from './hash.js';

/** UTF-16 code units. */
const MAX_LENGTH = 1024;
const CONTROL = /\p{Cc}/u;
const SPACES = /\p{White_Space}+/gu;

/**
 * The one form of a person's name under which it is searched for (ADR 17): NFC; each run of white space one U+0020,
 * none at the ends; Unicode’s default conversion to lower, upper and lower case again; NFC. Applying it twice
 * changes nothing.
 * @throws FormatFault `name.malformed`: nothing is left, a control character (Cc), a lone surrogate, more than 1,024
 *   UTF-16 code units
 */
export function normalizeName(name: string): string {
  if (name.length > MAX_LENGTH || !name.isWellFormed() || CONTROL.test(name)) throw malformed();
  const spaced = name.normalize('NFC').replace(SPACES, ' ').replace(/^ | $/g, '');
  if (spaced === '') throw malformed();
  // Lower case alone would keep apart what upper case makes the same: ß and ss, ς and σ.
  return spaced.toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * HMAC(K_blind[log], "candor-name/v1\n" ‖ normalised name), 32 bytes (ADR 17): what is kept of a name, to find whose it is.
 * The name is normalised here.
 * @throws FormatFault as `normalizeName`
 */
export function nameIndex(kBlind: Uint8Array, name: string): Uint8Array {
  requireLength(kBlind, 32, 'K_blind');
  return hmac(kBlind, utf8(`candor-name/v1\n${normalizeName(name)}`));
}

function malformed(): FormatFault {
  return new FormatFault('name.malformed', 'no name');
}
