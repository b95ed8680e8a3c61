import type { KeyService } from '@candor/crypto';
import { GenerationFault, verifyBackup } from '@candor/vault';
import { find, type Rotation, settle } from './rotate.js';

export interface Destruction {
  readonly generation: number;
  readonly file: string;
  readonly person: string;
  readonly approve: boolean;
}

/**
 * Asks to destroy a generation, or approves it and has the key service destroy it (formats v1 §3.4). Both have verified the
 * backup that the request names. What was begun and did not get to its end is approved again.
 * @throws GenerationFault, StepRefused, BackupFault, KeyServiceFault
 */
export async function destroyGeneration(
  rotation: Rotation & { readonly service: KeyService },
  { generation, file, person, approve }: Destruction,
): Promise<void> {
  const { keys, service, log, say } = rotation;
  const known = await find(keys, generation);
  if (known === undefined) throw new GenerationFault(`There is no key generation ${generation}.`);
  if (known.state === 'open' || known.state === 'draining')
    throw new GenerationFault(
      `The key generation ${generation} is ${known.state}: it must be drained first.`,
    );
  const backup = await requireBackup(file, service, generation);
  const at = new Date().toISOString();
  if (!approve) {
    await log.record({ kind: 'request-key-destruction', at, generation, backup });
    say(`It is asked for with the backup ${backup}. Somebody else approves it with --approve.`);
    return;
  }
  const approval = { at, generation, by: person, backup } as const;
  // Told before it is done: whatever comes between, the log says that two people wanted it.
  await log.record({ ...approval, kind: 'begin-key-destruction' });
  await keys.beginDestroying(generation);
  const { destroyAt } = await service.scheduleDestruction(generation);
  const finalAt = destroyAt.toISOString();
  await log.record({ ...approval, kind: 'approve-key-destruction', finalAt });
  await settle(rotation);
  say(`Generation ${generation} is destroyed for good at ${finalAt}.`);
}

/** SHA-256 of a backup that opens, was taken after the generation was drained, and needs it no more. */
async function requireBackup(file: string, service: KeyService, generation: number): Promise<string> {
  const { sha256, generations, broken } = await verifyBackup(file, service);
  if (broken > 0) throw new GenerationFault(`${broken} keys of the backup do not open.`);
  const there = generations.get(generation);
  if (there === undefined || there.wraps > 0 || there.state === 'open' || there.state === 'draining')
    throw new GenerationFault(`The backup was taken before the key generation ${generation} was drained.`);
  return sha256;
}
