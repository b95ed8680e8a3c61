import { HttpClient } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';
import { percentile, pipelined, print } from './figure.ts';
import { must, registerTenants } from './tenants.ts';

const IN_FLIGHT = 32;

/** From a write's acknowledgement to a query that shows it, while the API is at half of what it can do. */
export async function benchLag(system: System, scale: number): Promise<void> {
  const http = new HttpClient(system);
  const tenants = await registerTenants(system, IN_FLIGHT * 2);
  const rename = (n: number): ReturnType<typeof must> =>
    must(http, 'PATCH', `/v1/tenants/${tenants[n % tenants.length] ?? ''}`, { legalName: `Seen ${n} Ltd` });
  const warm = Math.ceil(2_000 * scale);
  const { seconds } = await pipelined(warm, IN_FLIGHT, rename);
  const perSecond = warm / seconds / 2;

  const samples: number[] = [];
  const count = Math.ceil(perSecond * Math.max(20 * scale, 2));
  const from = performance.now();
  const running: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    const due = from + (n * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    running.push(
      rename(warm + n).then(async ({ headers }) => {
        // Every twentieth write is followed, so that the readings are no load of their own.
        if (n % 20 !== 0) return;
        const acknowledged = performance.now();
        const tenant = tenants[(warm + n) % tenants.length] ?? '';
        const after = encodeURIComponent(headers.get('candor-position') ?? '');
        const answer = await http.send('GET', `/v1/tenants/${tenant}/audit-log?limit=1&after=${after}`);
        if (answer.status !== 200) throw new Error(`the audit log answered ${answer.status}`);
        samples.push(performance.now() - acknowledged);
      }),
    );
  }
  await Promise.all(running);
  print({
    figure:
      'acknowledged write to visible in the audit log, p99, at half the maximum load, the query included',
    value: percentile(samples, 0.99),
    unit: 'ms',
    reference: null,
    atMost: 250,
    aim: 50,
    note: `p50 ${percentile(samples, 0.5).toFixed(1)} ms over ${samples.length} samples at ${perSecond.toFixed(0)} writes/s`,
  });
}
