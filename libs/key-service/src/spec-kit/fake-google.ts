import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type FakeKms, startFakeKms } from '@candor/testing';
import { GoogleKeyService } from '../google/google-key-service.js';

const keys = { kek: 'kek', ed25519: 'anchor-ed25519', 'ml-dsa-44': 'anchor-ml-dsa-44' };

export interface Fake {
  readonly kms: FakeKms;
  /** Milliseconds since 1970, as the service has it. */
  now: number;
  /**
   * A key service of a process of its own.
   * @param keyRing a new one where absent
   * @param total milliseconds of patience with a call
   */
  open(keyRing?: string, total?: number): GoogleKeyService;
  /** How often an rpc was called in this test. */
  count(rpc: string): number;
}

/** One stand-in for Cloud KMS for the specs of a file; what it was told to do wrong is forgotten after each. */
export function fakeGoogle(): Fake {
  let kms: FakeKms | undefined;
  const opened: GoogleKeyService[] = [];
  const fake: Fake = {
    now: 1_700_000_000_000,
    get kms() {
      if (kms === undefined) throw new Error('not started');
      return kms;
    },
    open(keyRing = fake.kms.newRing(), total = 10_000) {
      const endpoint = { host: '127.0.0.1', port: Number(new URL(fake.kms.endpoint).port), plaintext: true };
      const patience = { attempt: total / 2, total, backoff: 5 };
      const service = new GoogleKeyService({ keyRing, keys, endpoint, patience });
      opened.push(service);
      return service;
    },
    count: (rpc: string) => fake.kms.calls.get(rpc) ?? 0,
  };
  beforeAll(async () => {
    kms = await startFakeKms({ now: () => fake.now });
  });
  afterEach(() => {
    fake.kms.reset();
  });
  afterAll(async () => {
    await Promise.all(opened.map((service) => service.close()));
    fake.kms.down();
  });
  return fake;
}
