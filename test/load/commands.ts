import { HttpClient } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';
import { percentile, pipelined, print } from './figure.ts';
import { withAndWithoutProjector } from './projector.ts';
import { StockClient } from './stock-client.ts';
import { must, registerTenants } from './tenants.ts';

const IN_FLIGHT = 32;
const AN_ENTRYS_BYTES = 1_000;

/** Commands through HTTP, validated, authorised, sealed and durable, beside the stock client doing the least of the same. */
export async function benchCommands(system: System, scale: number): Promise<void> {
  const count = Math.ceil(6_000 * scale);
  const http = new HttpClient(system);
  const tenants = await registerTenants(system, IN_FLIGHT * 2);
  const rename = (n: number): Promise<unknown> =>
    must(http, 'PATCH', `/v1/tenants/${tenants[n % tenants.length] ?? ''}`, {
      legalName: `Renamed ${n} Ltd`,
    });
  await pipelined(Math.ceil(count / 4), IN_FLIGHT, (n) => rename(count + n));

  const stock = new StockClient(await system.referenceStoreUrl());
  await withAndWithoutProjector(system, async (how) => {
    const { seconds, each } = await pipelined(count, IN_FLIGHT, rename);
    print({
      figure: `commands through HTTP, 32 in flight, ${how}`,
      value: count / seconds,
      unit: 'commands/s',
      reference: {
        what: 'stock client: read five events, append one, 32 in flight',
        value: await stock.readFiveAppendOne(count, IN_FLIGHT, AN_ENTRYS_BYTES),
      },
      atLeast: 0.3,
      aim: 0.7,
      note: `p50 ${percentile(each, 0.5).toFixed(1)} ms, p99 ${percentile(each, 0.99).toFixed(1)} ms`,
    });
  });
  await stock.close();
}
