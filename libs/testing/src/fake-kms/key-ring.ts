import { randomBytes } from 'node:crypto';
import { SoftwareKey } from '@candor/crypto';
import { notFound, precondition } from './status-error.js';

export type Algorithm = 'GOOGLE_SYMMETRIC_ENCRYPTION' | 'EC_SIGN_ED25519' | 'PQ_SIGN_ML_DSA_44';

export interface Version {
  readonly name: string;
  readonly number: number;
  readonly algorithm: Algorithm;
  readonly createTime: number;
  state: 'PENDING_GENERATION' | 'ENABLED' | 'DISABLED' | 'DESTROY_SCHEDULED' | 'DESTROYED';
  /** An AES-256 key, or a seed. Gone with the version. */
  secret: Uint8Array;
  destroyTime?: number;
  destroyEventTime?: number;
}

export interface Key {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly hsm: boolean;
  readonly versions: Version[];
  primary: number | undefined;
}

/** The keys of every ring, with their versions and the states these go through. */
export class Keys {
  private readonly keys = new Map<string, Key>();

  /** @param now milliseconds since 1970 */
  constructor(
    private readonly now: () => number,
    readonly destroyAfter: number,
  ) {}

  add(name: string, algorithm: Algorithm, hsm: boolean): void {
    this.keys.set(name, { name, algorithm, hsm, versions: [], primary: undefined });
    const { number } = this.addVersion(name);
    if (algorithm === 'GOOGLE_SYMMETRIC_ENCRYPTION') this.key(name).primary = number;
  }

  /** @throws StatusError */
  key(name: string): Key {
    const key = this.keys.get(name);
    if (key === undefined) throw notFound('the key is not found');
    for (const version of key.versions) this.settle(version);
    return key;
  }

  /** @throws StatusError */
  version(name: string): Version {
    const version = this.key(keyOf(name)).versions.find((one) => one.name === name);
    if (version === undefined) throw notFound('the version is not found');
    return version;
  }

  /** The version to work with. @throws StatusError also when it is in a state in which it does not */
  enabled(name: string): Version {
    const version = this.version(name);
    if (version.state !== 'ENABLED') throw precondition(`the version is ${version.state}`);
    return version;
  }

  addVersion(name: string): Version {
    const key = this.key(name);
    const number = key.versions.length + 1;
    const version: Version = {
      name: `${name}/cryptoKeyVersions/${number}`,
      number,
      algorithm: key.algorithm,
      createTime: this.now(),
      state: 'ENABLED',
      secret: new Uint8Array(randomBytes(32)),
    };
    key.versions.push(version);
    return version;
  }

  setPrimary(name: string, id: string): Key {
    const key = this.key(name);
    key.primary = this.enabled(`${name}/cryptoKeyVersions/${id}`).number;
    return key;
  }

  setEnabled(name: string, enabled: boolean): Version {
    const version = this.version(name);
    if (version.state !== 'ENABLED' && version.state !== 'DISABLED') {
      throw precondition(`the version is ${version.state}`);
    }
    version.state = enabled ? 'ENABLED' : 'DISABLED';
    return version;
  }

  destroy(name: string): Version {
    const version = this.version(name);
    if (version.state !== 'ENABLED' && version.state !== 'DISABLED') {
      throw precondition(`the version is ${version.state}`);
    }
    version.state = 'DESTROY_SCHEDULED';
    version.destroyTime = this.now() + this.destroyAfter;
    return version;
  }

  restore(name: string): Version {
    const version = this.version(name);
    if (version.state !== 'DESTROY_SCHEDULED') throw precondition(`the version is ${version.state}`);
    version.state = 'DISABLED';
    delete version.destroyTime;
    return version;
  }

  private settle(version: Version): void {
    if (version.state !== 'DESTROY_SCHEDULED' || (version.destroyTime ?? 0) > this.now()) return;
    version.state = 'DESTROYED';
    version.destroyEventTime = this.now();
    version.secret = new Uint8Array();
  }
}

export const keyOf = (name: string): string => name.replace(/\/cryptoKeyVersions\/[^/]*$/, '');

/** What signs for a version. */
export function signerOf(version: Version): SoftwareKey {
  const algorithm = version.algorithm === 'EC_SIGN_ED25519' ? 'ed25519' : 'ml-dsa-44';
  return new SoftwareKey(version.name, algorithm, version.secret);
}
