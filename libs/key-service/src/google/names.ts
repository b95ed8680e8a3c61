const RING = /^projects\/[a-z0-9.:-]{1,100}\/locations\/[a-z0-9-]{1,63}\/keyRings\/[a-zA-Z0-9_-]{1,63}$/;
const KEY = /^[a-zA-Z0-9_-]{1,63}$/;
const NUMBER = /^[1-9][0-9]{0,9}$/;

/** `projects/…/locations/…/keyRings/…` */
export const isKeyRing = (text: string): boolean => RING.test(text);

/** The last part of a key's resource name. */
export const isKeyName = (text: string): boolean => KEY.test(text);

export const keyPath = (keyRing: string, key: string): string => `${keyRing}/cryptoKeys/${key}`;

export const versionPath = (key: string, version: number | string): string =>
  `${key}/cryptoKeyVersions/${version}`;

/** The number of a version of this key; undefined for any other name. Versions count from 1. */
export function versionNumber(key: string, name: string | null | undefined): number | undefined {
  const prefix = versionPath(key, '');
  if (name?.startsWith(prefix) !== true) return undefined;
  const text = name.slice(prefix.length);
  return NUMBER.test(text) && Number(text) <= 0xffff_ffff ? Number(text) : undefined;
}

/** `<key>/<version>` of one of these keys, in its parts. */
export function signingVersion<Key extends string>(
  keys: readonly Key[],
  version: string,
): { readonly key: Key; readonly number: string } | undefined {
  const key = keys.find((one) => version.startsWith(`${one}/`));
  const number = key === undefined ? '' : version.slice(key.length + 1);
  return key !== undefined && NUMBER.test(number) ? { key, number } : undefined;
}
