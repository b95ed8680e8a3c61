import type { Key, Keys, Version } from './key-ring.js';
import { invalid } from './status-error.js';

/** Versions in one page, so that clients have to turn it. */
const PAGE = 2;

export interface NameRequest {
  readonly name: string;
}
export interface ListRequest {
  readonly parent: string;
  readonly filter: string;
  readonly pageToken: string;
}
export interface CreateRequest {
  readonly parent: string;
}
export interface PrimaryRequest extends NameRequest {
  readonly cryptoKeyVersionId: string;
}
export interface UpdateRequest {
  readonly cryptoKeyVersion: { readonly name: string; readonly state: string };
  readonly updateMask: { readonly paths: readonly string[] } | null;
}

/** Calls about keys and the life of their versions. @throws StatusError each of them */
export const versionCalls = (keys: Keys) => ({
  GetCryptoKey: ({ name }: NameRequest) => keyMessage(keys.key(name), keys.destroyAfter),
  GetCryptoKeyVersion: ({ name }: NameRequest) => message(keys.version(name)),

  ListCryptoKeyVersions: ({ parent, filter, pageToken }: ListRequest) => {
    if (filter !== '' && filter !== 'state=ENABLED') throw invalid('this filter is not known here');
    const all = keys.key(parent).versions.filter(({ state }) => filter === '' || state === 'ENABLED');
    const from = Number(pageToken);
    return {
      cryptoKeyVersions: all.slice(from, from + PAGE).map(message),
      nextPageToken: from + PAGE < all.length ? String(from + PAGE) : '',
      totalSize: all.length,
    };
  },

  CreateCryptoKeyVersion: ({ parent }: CreateRequest) => message(keys.addVersion(parent)),
  UpdateCryptoKeyPrimaryVersion: ({ name, cryptoKeyVersionId }: PrimaryRequest) =>
    keyMessage(keys.setPrimary(name, cryptoKeyVersionId), keys.destroyAfter),

  UpdateCryptoKeyVersion: ({ cryptoKeyVersion: { name, state }, updateMask }: UpdateRequest) => {
    if (updateMask?.paths.join() !== 'state') throw invalid('update_mask must be state');
    if (state !== 'ENABLED' && state !== 'DISABLED') throw invalid('state can be ENABLED or DISABLED');
    return message(keys.setEnabled(name, state === 'ENABLED'));
  },

  DestroyCryptoKeyVersion: ({ name }: NameRequest) => message(keys.destroy(name)),
  RestoreCryptoKeyVersion: ({ name }: NameRequest) => message(keys.restore(name)),
});

const timestamp = (milliseconds: number | undefined) =>
  milliseconds === undefined
    ? null
    : { seconds: String(Math.floor(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 };

function message({ name, state, algorithm, createTime, destroyTime, destroyEventTime }: Version) {
  return {
    name,
    state,
    algorithm,
    createTime: timestamp(createTime),
    destroyTime: timestamp(state === 'DESTROY_SCHEDULED' ? destroyTime : undefined),
    destroyEventTime: timestamp(destroyEventTime),
  };
}

function keyMessage({ name, algorithm, primary, versions }: Key, destroyAfter: number) {
  const found = versions.find(({ number }) => number === primary);
  return {
    name,
    purpose: algorithm === 'GOOGLE_SYMMETRIC_ENCRYPTION' ? 'ENCRYPT_DECRYPT' : 'ASYMMETRIC_SIGN',
    primary: found === undefined ? null : message(found),
    destroyScheduledDuration: { seconds: Math.floor(destroyAfter / 1000), nanos: 0 },
  };
}
