import { readFile } from 'node:fs/promises';
import type { ProcessKind, System } from '../harness/system.ts';
import { print } from './figure.ts';

/** The most memory each process has held so far (VmHWM; Linux only). */
export async function printMemory(system: System): Promise<void> {
  for (const kind of ['api', 'projector', 'eventstore'] satisfies ProcessKind[]) {
    const status = await readFile(`/proc/${system.processes[kind].pid ?? 0}/status`, 'utf8').catch(() => '');
    const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (peak === undefined) continue;
    print({
      figure: `memory: ${kind}, peak`,
      value: Number(peak) / 1024,
      unit: 'MB',
      reference: null,
      atMost: 400,
      aim: 250,
    });
  }
}
