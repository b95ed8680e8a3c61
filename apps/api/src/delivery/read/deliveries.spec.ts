import { expect, test } from '@jest/globals';
import { Problem } from '../../edge/problem/problem.js';
import { givenTenant, testApp } from '../../spec-kit/app.js';
import { EmptyViews } from '../../spec-kit/empty-views.js';
import type { View } from '../../views/views.js';

class AuditLogStopped extends EmptyViews {
  override level(view?: View, other?: View): Promise<void> {
    const stopped = view === 'audit-log' && other === 'deliveries';
    return stopped ? Promise.reject(Problem.of('view.failed')) : super.level();
  }
}

test('where the audit log has stopped, a story is refused and not cut short', async () => {
  const it = await testApp({ views: new AuditLogStopped() });
  const tenant = await givenTenant(it);
  const message = '6f1d2c3b-4a59-4788-9a0b-1c2d3e4f5a6b';
  const { status, json, headers } = await it.send({
    method: 'GET',
    url: `/v1/tenants/${tenant}/deliveries/${message}`,
  });
  expect([status, json['code']]).toEqual([503, 'view.failed']);
  expect(headers['retry-after']).toMatch(/^\d+$/);
  await it.app.close();
});
