import type { FakeKms, FakeKmsOptions } from './fake-kms/fake-kms.js';

export type { FakeKms, FakeKmsOptions };

/** Loaded only where it is used: gRPC and the protocol definitions are large. */
export async function startFakeKms(options: FakeKmsOptions = {}): Promise<FakeKms> {
  const { FakeKms } = await import('./fake-kms/fake-kms.js');
  return FakeKms.start(options);
}
