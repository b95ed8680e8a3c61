import type {
  KeyAdministration,
  KeyGeneration,
  KeyService,
  SigningAlgorithm,
  SigningKey,
  SigningService,
} from '@candor/crypto';
import { GoogleAdministration } from './administration.js';
import { Caller, PATIENCE, type Patience } from './caller.js';
import { type Endpoint, newClient } from './client.js';
import { keyPath } from './names.js';
import { GoogleSigning } from './signing.js';
import { GoogleWrapping } from './wrapping.js';

export interface GoogleOptions {
  /** `projects/…/locations/…/keyRings/…` */
  readonly keyRing: string;
  /** Names of the keys in it: the KEK, and a signing key for each algorithm. */
  readonly keys: Readonly<Record<'kek' | SigningAlgorithm, string>>;
  /** Google's own where absent. */
  readonly endpoint?: Endpoint | undefined;
  readonly patience?: Partial<Patience>;
}

/**
 * One key ring of Google Cloud KMS. Every request and answer carries checksums, which are compared; what is worth another
 * attempt gets it until a deadline. It connects at the first call, and finds its way back by itself after an outage.
 */
export class GoogleKeyService implements KeyService, SigningService, KeyAdministration {
  private readonly caller: Caller;
  private readonly wrapping: GoogleWrapping;
  private readonly signing: GoogleSigning;
  private readonly administration: GoogleAdministration;

  constructor({ keyRing, keys, endpoint, patience }: GoogleOptions) {
    this.caller = new Caller(() => newClient(endpoint), { ...PATIENCE, ...patience });
    const kek = keyPath(keyRing, keys.kek);
    this.wrapping = new GoogleWrapping(this.caller, kek);
    this.signing = new GoogleSigning(this.caller, keyRing, keys);
    this.administration = new GoogleAdministration(this.caller, kek, () => this.current());
  }

  current(): Promise<number> {
    return this.wrapping.current();
  }

  wrap(...args: Parameters<KeyService['wrap']>): Promise<readonly Uint8Array[]> {
    return this.wrapping.wrap(...args);
  }

  unwrap(...args: Parameters<KeyService['unwrap']>): Promise<readonly Uint8Array[]> {
    return this.wrapping.unwrap(...args);
  }

  signingKeys(): Promise<readonly SigningKey[]> {
    return this.signing.signingKeys();
  }

  sign(version: string, message: Uint8Array): Promise<Uint8Array> {
    return this.signing.sign(version, message);
  }

  generations(): Promise<readonly KeyGeneration[]> {
    return this.administration.generations();
  }

  destroyDelay(): Promise<number> {
    return this.administration.destroyDelay();
  }

  addGeneration(): Promise<number> {
    return this.administration.addGeneration();
  }

  scheduleDestruction(generation: number): Promise<{ readonly destroyAt: Date }> {
    return this.administration.scheduleDestruction(generation);
  }

  restoreGeneration(generation: number): Promise<void> {
    return this.administration.restoreGeneration(generation);
  }

  /** Lets go of the connection. */
  close(): Promise<void> {
    return this.caller.close();
  }
}
