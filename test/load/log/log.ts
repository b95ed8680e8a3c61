import type { System } from '../../harness/system.ts';
import { benchInclusionProof } from './inclusion-proof.ts';
import { benchVerifyExport } from './verify-export.ts';

/** What proofs cost: making one at two sizes of a log, and checking a whole export. */
export async function benchLog(system: System, scale: number): Promise<void> {
  await benchInclusionProof(system, scale);
  await benchVerifyExport(scale);
}
