import { setTimeout as sleep } from 'node:timers/promises';
import {
  type GenerationState,
  type KeyAdministration,
  type KeyGeneration,
  KeyServiceFault,
} from '@candor/crypto';
import type { KeyManagementServiceClient, protos } from '@google-cloud/kms';
import { type Caller, type CallOptions, Refusal } from './caller.js';
import { Code } from './codes.js';
import { versionNumber, versionPath } from './names.js';

type Version = protos.google.cloud.kms.v1.ICryptoKeyVersion;

const STATES: Readonly<Record<string, GenerationState>> = {
  ENABLED: 'enabled',
  DESTROY_SCHEDULED: 'destroying',
  DESTROYED: 'destroyed',
};
/** How long a new version may take to be generated, in milliseconds; an HSM's takes some seconds. */
const GENERATION_TIME = 60_000;

/**
 * The versions of the KEK. Destruction takes the time that was set when the key was made (30 days by default), and what
 * is disabled or planned for destruction may still open wraps for a minute, in exceptional cases for hours
 * (cloud.google.com/kms/docs/consistency).
 */
export class GoogleAdministration implements KeyAdministration {
  /** @param key the resource name of the KEK */
  constructor(
    private readonly caller: Caller,
    private readonly key: string,
    private readonly current: () => Promise<number>,
  ) {}

  async generations(): Promise<readonly KeyGeneration[]> {
    const versions = await this.ask('ListCryptoKeyVersions', () =>
      this.caller.call('ListCryptoKeyVersions', async (client, options) => {
        const [all] = await client.listCryptoKeyVersions({ parent: this.key }, options);
        return all;
      }),
    );
    return versions.map((version) => this.generationOf(version)).sort((a, b) => a.generation - b.generation);
  }

  /** Set when the key was made, for ever. */
  async destroyDelay(): Promise<number> {
    const duration = await this.ask('GetCryptoKey', () =>
      this.caller.call('GetCryptoKey', async (client, options) => {
        const [key] = await client.getCryptoKey({ name: this.key }, options);
        return key.destroyScheduledDuration;
      }),
    );
    if (!duration?.seconds)
      throw new KeyServiceFault('unavailable', 'the key does not say how it is destroyed');
    return Number(duration.seconds) * 1000;
  }

  /** Takes a version that was made before and never became primary, as after a crash between the two. */
  async addGeneration(): Promise<number> {
    const generation = await this.ready(await this.spareOrNew(await this.current()));
    await this.ask('UpdateCryptoKeyPrimaryVersion', () =>
      this.caller.call('UpdateCryptoKeyPrimaryVersion', (client, options) =>
        client.updateCryptoKeyPrimaryVersion(
          { name: this.key, cryptoKeyVersionId: String(generation) },
          options,
        ),
      ),
    );
    return generation;
  }

  async scheduleDestruction(generation: number): Promise<{ readonly destroyAt: Date }> {
    if (generation === (await this.current())) {
      throw new KeyServiceFault('bad-request', `key generation ${generation} is the current one`);
    }
    const before = await this.get(generation);
    const after =
      before.destroyAt === null
        ? await this.change('DestroyCryptoKeyVersion', generation, (client, name, options) =>
            client.destroyCryptoKeyVersion({ name }, options),
          )
        : before;
    if (after.destroyAt === null) throw new KeyServiceFault('unavailable', 'the destruction is not planned');
    return { destroyAt: after.destroyAt };
  }

  async restoreGeneration(generation: number): Promise<void> {
    let { state } = await this.get(generation);
    if (state === 'destroyed') throw unknownGeneration(generation);
    if (state === 'destroying') {
      ({ state } = await this.change('RestoreCryptoKeyVersion', generation, (client, name, options) =>
        client.restoreCryptoKeyVersion({ name }, options),
      ));
    }
    // A restored version is disabled at first.
    if (state === 'disabled') {
      ({ state } = await this.change('UpdateCryptoKeyVersion', generation, (client, name, options) =>
        client.updateCryptoKeyVersion(
          { cryptoKeyVersion: { name, state: 'ENABLED' }, updateMask: { paths: ['state'] } },
          options,
        ),
      ));
    }
    if (state !== 'enabled') throw new KeyServiceFault('unavailable', 'the generation is not enabled');
  }

  /** Each attempt looks first: the one before may have made a version although its answer was lost. */
  private spareOrNew(current: number): Promise<KeyGeneration> {
    return this.ask('CreateCryptoKeyVersion', () =>
      this.caller.call('CreateCryptoKeyVersion', async (client, options) => {
        const [versions] = await client.listCryptoKeyVersions({ parent: this.key }, options);
        const spare = versions
          .filter(({ state }) => state === 'ENABLED' || state === 'PENDING_GENERATION')
          .map((version) => this.generationOf(version))
          .find(({ generation }) => generation > current);
        if (spare !== undefined) return spare;
        const [version] = await client.createCryptoKeyVersion({ parent: this.key }, options);
        return this.generationOf(version);
      }),
    );
  }

  private async ready({ generation, state: first }: KeyGeneration): Promise<number> {
    const until = performance.now() + GENERATION_TIME;
    for (let state = first; state !== 'enabled'; { state } = await this.get(generation)) {
      if (performance.now() > until) throw new KeyServiceFault('unavailable', 'the new version is not ready');
      await sleep(250);
    }
    return generation;
  }

  private get(generation: number): Promise<KeyGeneration> {
    const name = versionPath(this.key, generation);
    return this.ask(
      'GetCryptoKeyVersion',
      () =>
        this.caller.call('GetCryptoKeyVersion', async (client, options) => {
          const [version] = await client.getCryptoKeyVersion({ name }, options);
          return this.generationOf(version);
        }),
      generation,
    );
  }

  /** A refusal for the state it is in says that someone else was faster, or an attempt before this one. */
  private async change(
    call: string,
    generation: number,
    send: (client: KeyManagementServiceClient, name: string, options: CallOptions) => Promise<unknown>,
  ): Promise<KeyGeneration> {
    const name = versionPath(this.key, generation);
    try {
      await this.caller.call(call, (client, options) => send(client, name, options));
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== Code.FAILED_PRECONDITION) throw faultOf(error, call);
    }
    return this.get(generation);
  }

  private async ask<T>(call: string, send: () => Promise<T>, generation?: number): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (generation !== undefined && error instanceof Refusal && error.code === Code.NOT_FOUND) {
        throw unknownGeneration(generation);
      }
      throw faultOf(error, call);
    }
  }

  private generationOf(version: Version): KeyGeneration {
    const generation = versionNumber(this.key, version.name);
    if (generation === undefined) throw new KeyServiceFault('unavailable', 'a version of another key');
    const at = version.destroyEventTime ?? version.destroyTime;
    return {
      generation,
      state: STATES[String(version.state)] ?? 'disabled',
      destroyAt: at?.seconds ? new Date(Number(at.seconds) * 1000 + Math.floor((at.nanos ?? 0) / 1e6)) : null,
    };
  }
}

const unknownGeneration = (generation: number) =>
  new KeyServiceFault('unknown-generation', `there is no key generation ${generation}`);

function faultOf(error: unknown, call: string): unknown {
  if (!(error instanceof Refusal)) return error;
  return new KeyServiceFault('unavailable', `Cloud KMS does not do ${call} (gRPC status ${error.code})`);
}
