import type { Principal } from './principal.js';

/** The token under which the app provides its authenticator. */
export const AUTHENTICATOR = Symbol('Authenticator');

/** Turns credentials into a principal. Sessions and API keys are further implementations of it. */
export interface Authenticator {
  /** @returns undefined when these credentials are not valid */
  authenticate(credentials: Credentials): Promise<Principal | undefined>;
}

export interface Credentials {
  readonly scheme: 'bearer';
  readonly token: string;
}

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]{1,512}=*)$/i;

/** RFC 6750 §2.1. @returns undefined when the header is not a bearer token */
export function readCredentials(header: string): Credentials | undefined {
  const token = BEARER.exec(header)?.[1];
  return token === undefined ? undefined : { scheme: 'bearer', token };
}

/** Whoever is the first to know the credentials. */
export function firstOf(...authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate: async (credentials) => {
      for (const one of authenticators) {
        const principal = await one.authenticate(credentials);
        if (principal !== undefined) return principal;
      }
      return undefined;
    },
  };
}
