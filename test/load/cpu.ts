import { readFile } from 'node:fs/promises';
import type { NodeProcess } from '../harness/node-process.ts';

/** Linux counts in hundredths of a second, whatever the machine. */
const TICKS_A_SECOND = 100;

/** Processor time a process has taken so far, in seconds (Linux only; elsewhere NaN). It does not depend on who else runs. */
export async function cpuSeconds(process: NodeProcess): Promise<number> {
  const stat = await readFile(`/proc/${process.pid ?? 0}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name, which may hold anything; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
