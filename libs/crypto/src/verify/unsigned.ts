import { Broken } from './finding.js';

/** Whoever answered, nobody signed it: it says nothing of the log, and accuses nobody. */
export class Unsigned extends Error {
  override readonly name = 'Unsigned';
}

/** A server does not answer, or says that it cannot. What asks it for proofs and tiles throws this. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Opens what a server answers. @param whose key is expected @throws Unsigned for what that key did not sign */
export async function signed<T>(whose: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (fault) {
    if (!(fault instanceof Broken)) throw fault;
    const { code, message } = fault.finding;
    throw new Unsigned(`the answer is no checkpoint signed with ${whose} key (${code}: ${message})`);
  }
}
