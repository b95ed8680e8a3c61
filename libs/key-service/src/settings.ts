import { isKeyName, isKeyRing } from './google/names.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which key service a process uses. */
export type KeyServiceSettings =
  | { readonly kind: 'keyring'; readonly file: string }
  | {
      readonly kind: 'google';
      readonly keyRing: string;
      readonly keys: { readonly kek: string; readonly ed25519: string; readonly 'ml-dsa-44': string };
      readonly endpoint:
        { readonly host: string; readonly port: number; readonly plaintext: boolean } | undefined;
    };

/** A variable is missing or wrong; the message is one sentence that names it and quotes no value. */
export class BadKeyServiceSettings extends Error {
  override readonly name = 'BadKeyServiceSettings';
}

/** What a process started by another one must be given of its environment, for `KMS_KEY_RING` and its credentials. */
export const KEY_SERVICE_VARIABLES: readonly string[] = [
  'KMS_KEY_RING',
  'KMS_KEK_NAME',
  'KMS_ED25519_NAME',
  'KMS_ML_DSA_44_NAME',
  'KMS_ENDPOINT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'CLOUDSDK_CONFIG',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
];

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * `KMS_KEY_RING` set: Google Cloud KMS, with `KMS_KEK_NAME`, `KMS_ED25519_NAME`, `KMS_ML_DSA_44_NAME` and `KMS_ENDPOINT`
 * where the defaults do not fit. Otherwise the keyring in `CANDOR_KEYRING_DIR`. An empty variable is not set.
 * @throws BadKeyServiceSettings
 */
export function keyServiceSettings(env: Environment): KeyServiceSettings {
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  const keyRing = given('KMS_KEY_RING');
  if (keyRing === undefined) {
    const folder = given('CANDOR_KEYRING_DIR');
    if (folder === undefined)
      throw new BadKeyServiceSettings('Neither CANDOR_KEYRING_DIR nor KMS_KEY_RING is set.');
    return { kind: 'keyring', file: `${folder.replace(/\/+$/, '')}/keyring.json` };
  }
  if (!isKeyRing(keyRing)) {
    throw new BadKeyServiceSettings('KMS_KEY_RING must be projects/…/locations/…/keyRings/….');
  }
  const keyName = (variable: string, otherwise: string) => {
    const name = given(variable) ?? otherwise;
    if (!isKeyName(name))
      throw new BadKeyServiceSettings(`${variable} must be the name of a key in KMS_KEY_RING.`);
    return name;
  };
  const keys = {
    kek: keyName('KMS_KEK_NAME', 'kek'),
    ed25519: keyName('KMS_ED25519_NAME', 'anchor-ed25519'),
    'ml-dsa-44': keyName('KMS_ML_DSA_44_NAME', 'anchor-ml-dsa-44'),
  };
  if (new Set(Object.values(keys)).size < 3) {
    throw new BadKeyServiceSettings('KMS_KEK_NAME, KMS_ED25519_NAME and KMS_ML_DSA_44_NAME must differ.');
  }
  return { kind: 'google', keyRing, keys, endpoint: endpointOf(given('KMS_ENDPOINT')) };
}

/** A regional endpoint, with TLS; without it only on this machine, where there is nobody to overhear a key. */
function endpointOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const wrong = new BadKeyServiceSettings(
    'KMS_ENDPOINT must be https://<host>, or http:// on the loopback interface.',
  );
  if (!URL.canParse(text)) throw wrong;
  const { protocol, hostname, port, pathname, search, username, password } = new URL(text);
  const bare = pathname === '/' && search === '' && username === '' && password === '';
  const plaintext = protocol === 'http:';
  if (!bare || !(protocol === 'https:' || (plaintext && LOOPBACK.has(hostname)))) throw wrong;
  return { host: hostname, port: Number(port === '' ? (plaintext ? 80 : 443) : port), plaintext };
}
