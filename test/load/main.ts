import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startSystem, type System } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { benchAuditLogPage } from './audit-log-page.ts';
import { benchBulk } from './bulk.ts';
import { benchCatchUp } from './catch-up.ts';
import { benchCommands } from './commands.ts';
import { benchEventStore } from './eventstore/event-store.ts';
import { benchLag } from './lag.ts';
import { benchLog } from './log/log.ts';
import { printMemory } from './memory.ts';
import { benchSealing } from './sealing.ts';

/** Each benchmark by its name; they run on one system, in this order. */
const benchmarks: Readonly<Record<string, (system: System, scale: number) => Promise<void>>> = {
  commands: benchCommands,
  bulk: benchBulk,
  'catch-up': benchCatchUp,
  lag: benchLag,
  'audit-log': benchAuditLogPage,
  sealing: benchSealing,
  log: benchLog,
};

/** And those that need no system: they start what they measure. */
const alone: Readonly<Record<string, (scale: number) => Promise<void>>> = { eventstore: benchEventStore };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  // 1 is what the figures are stated for; 0.01 tries the benchmarks themselves out.
  options: { scale: { type: 'string', default: '1' } },
});
const all = [...Object.keys(benchmarks), ...Object.keys(alone)];
const names = positionals.length === 0 ? all : positionals;
const unknown = names.find((name) => !all.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`there is no benchmark ${unknown}; there are ${all.join(', ')}\n`);
  process.exit(2);
}

const scale = Number(values.scale);
const together = names.filter((name) => name in benchmarks);
if (together.length > 0) {
  const dir = await temporaryFolder('bench');
  const system = await startSystem({ dir, durable: true });
  try {
    for (const name of together) await benchmarks[name]?.(system, scale);
    await printMemory(system);
  } finally {
    await system.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
for (const name of names) await alone[name]?.(scale);
