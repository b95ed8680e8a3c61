import { join } from 'node:path';
import { connectEventStore } from '@candor/event-store';
import { built, freePort, NodeProcess, until } from '../harness/node-process.ts';
import { Checks, type Programs } from '../tamper/checks.ts';
import { sealed } from '../tamper/lines.ts';
import { startScene } from '../tamper/scene.ts';
import { eventsOf, placesIn, STORE_ROWS, storeOf } from '../tamper/store.ts';
import { drawer, TEXT_CHANGES } from '../tamper/texts.ts';
import { VIEW_ROWS, Views } from '../tamper/views.ts';

export interface TamperReport {
  readonly texts: number;
  readonly stores: number;
  readonly views: number;
  /** What was not found. */
  readonly faults: readonly string[];
}

/**
 * The long run of test/tamper: many texts of each kind, and every rewriting of the event store in a node of its own, whose
 * files have every checksum as it would be.
 */
export async function tamperRuns(
  dir: string,
  rounds: number,
  seed: number,
  say: (line: string) => void,
): Promise<TamperReport> {
  const scene = await startScene(dir);
  const checks = await Checks.open(scene, await programs());
  // A process has one connection to an event store at a time.
  let log = connectEventStore(scene.system.eventStoreUrl);
  const views = await Views.open(scene);
  const faults: string[] = [];
  const [one, two] = scene.tenants;
  const counts = { texts: 0, stores: 0, views: 0 };
  try {
    const [text, other, draw] = [sealed(one.lines), sealed(two.lines), drawer(seed)];
    for (const [what, change] of Object.entries(TEXT_CHANGES)) {
      say(`${rounds} exports: ${what}`);
      for (let n = 0; n < rounds; n++, counts.texts++) {
        const { said } = await checks.export(change(text, other, draw), one);
        if (!/^(broken|incomplete)/.test(said))
          faults.push(`an export, ${what}, number ${n} of seed ${seed}: ${said}`);
      }
    }
    const events = await eventsOf(log);
    await log.close();
    for (const { what, change, operator } of STORE_ROWS) {
      say(`event store: ${what}`);
      const tampered = change(events, placesIn(events, [one.id, two.id]));
      const found = await inNode(join(dir, `store-${counts.stores++}`), (node) =>
        storeOf(tampered, node).then(() => checks.operator(node)),
      );
      if (operator.some((code) => !found.includes(code)))
        faults.push(`event store, ${what}: ${found.join(' ')}`);
    }
    log = connectEventStore(scene.system.eventStoreUrl);
    for (const row of VIEW_ROWS) {
      say(`views: ${row.what}`);
      counts.views++;
      await views.change(row, [one.id, two.id]);
      const { said } = await checks.live(one);
      const found = await checks.operator(log);
      await views.restore();
      if (said !== row.tenant || row.operator.some((code) => !found.includes(code)))
        faults.push(`views, ${row.what}: ${said}, ${found.join(' ')}`);
    }
    return { ...counts, faults };
  } finally {
    await views.close();
    await log.close();
    await checks.close();
    await scene.stop();
  }
}

/** An embedded event store with nothing in it. */
async function inNode<T>(
  dir: string,
  use: (log: ReturnType<typeof connectEventStore>) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const args = ['--port', String(port), '--data', dir];
  const node = new NodeProcess({ script: built('eventstore'), args, logFile: `${dir}.log` });
  node.start();
  const log = connectEventStore(`esdb://127.0.0.1:${port}?tls=false`);
  try {
    await until('the event store answers', 120_000, async () => (await eventsOf(log)).length === 0);
    return await use(log);
  } finally {
    await log.close();
    await node.end('SIGTERM');
  }
}

/** As they were built: these runs start without a compiler. */
async function programs(): Promise<Programs> {
  const load = async (app: string, file: string): Promise<unknown> =>
    import(new URL(`../../apps/${app}/dist/apps/${app}/src/${file}`, import.meta.url).href);
  const { run } = (await load('verify', 'run.js')) as Pick<Programs, 'run'>;
  const { verifyStore } = (await load('projector', 'cli/verify/verify-store.js')) as Pick<
    Programs,
    'verifyStore'
  >;
  return { run, verifyStore };
}
