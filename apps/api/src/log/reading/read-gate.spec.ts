import { expect, test } from '@jest/globals';
import type { PlatformSecrets } from '../../platform/platform-secrets.js';
import type { TenantDirectory } from '../../tenant/tenant-directory.js';
import type { Views } from '../../views/views.js';
import { ReadGate } from './read-gate.js';

const tenant = '11111111-1111-4111-8111-111111111111';

test('a flood of reads has few at once, some that wait, and the rest is told to come back', async () => {
  const views = { ready: () => Promise.resolve() } as unknown as Views;
  const tenants = { require: () => Promise.resolve() } as unknown as TenantDirectory;
  const gate = new ReadGate(views, tenants, {} as unknown as PlatformSecrets);
  const answer = Promise.withResolvers<undefined>();
  let [running, most] = [0, 0];
  const read = async () => {
    most = Math.max(most, ++running);
    await answer.promise;
    running--;
  };
  const asked = Array.from({ length: 600 }, () => gate.tenant(tenant, 'audit-log', undefined, read));
  const refused = Promise.allSettled(asked);
  await new Promise(setImmediate);
  answer.resolve(undefined);
  const reasons = (await refused).flatMap((one) =>
    one.status === 'rejected' ? [one.reason as unknown] : [],
  );
  expect(most).toBe(16);
  expect(reasons).toHaveLength(600 - 16 - 512);
  for (const reason of reasons) expect(reason).toMatchObject({ code: 'service.busy' });
  // The next one has a turn again.
  await gate.tenant(tenant, 'audit-log', undefined, read);
});
