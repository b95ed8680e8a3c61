import type { KeyAdministration } from '@candor/crypto';
import type { Damaged, VaultGeneration, VaultKeys } from '@candor/vault';
import type { GenerationLog } from './generation-log.js';

export interface Rotation {
  readonly keys: VaultKeys;
  readonly service: KeyAdministration;
  readonly log: GenerationLog;
  readonly say: (line: string) => void;
}

const now = (): string => new Date().toISOString();

/**
 * A new generation, and nothing left under the older ones. Stopped anywhere it is begun again with the same command: a
 * generation that nothing is wrapped under yet is taken instead of another new one.
 * @returns keys that do not open: their generation is not drained
 */
export async function rotate(rotation: Rotation): Promise<readonly Damaged[]> {
  const { keys, service, say } = rotation;
  const before = await keys.current();
  const unused = (await keys.list()).some(
    ({ g, wraps }, _, all) => g === before && wraps === 0 && all.length > 1,
  );
  if (!unused) await service.addGeneration();
  const successor = await keys.current();
  say(`Generation ${successor} is open.`);
  for (const { g, state } of await keys.list()) {
    if (state !== 'open' || g === successor) continue;
    await keys.retire(g);
    say(`Generation ${g} is retired: nothing more is wrapped under it.`);
  }
  return rewrap(rotation);
}

/** Goes on with every generation that is being drained. */
export async function rewrap(rotation: Rotation): Promise<readonly Damaged[]> {
  const { keys, log, say } = rotation;
  await settle(rotation);
  await sayBegun(rotation);
  const successor = await keys.current();
  const damaged: Damaged[] = [];
  for (const { g, state } of await keys.list()) {
    if (state === 'open' || state === 'destroyed') continue;
    await log.record({ kind: 'retire-key-generation', at: now(), generation: g, successor });
    let count = 0;
    const progress = (more: number) => {
      count += more;
      if (more > 0) say(`Generation ${g}: ${count} re-wrapped.`);
    };
    const broken = await keys.rewrap(g, { progress });
    damaged.push(...broken);
    if (broken.length > 0) continue;
    const keyCount = (await find(keys, g))?.rewrapped ?? 0;
    await log.record({ kind: 'report-drained', at: now(), generation: g, keyCount });
    if (state === 'draining')
      say(`Generation ${g} is drained: ${keyCount} keys and secrets were re-wrapped.`);
  }
  return damaged;
}

/** A destruction takes the second person to its end, too. */
async function sayBegun({ keys, log, say }: Rotation): Promise<void> {
  for (const { g, state } of await keys.list())
    if (state !== 'open' && state !== 'draining' && (await log.isBegun(g)))
      say(`The destruction of generation ${g} was begun: whoever approved it gives that command again.`);
}

/** What the key service has destroyed meanwhile is destroyed. */
export async function settle({ keys, service }: Pick<Rotation, 'keys' | 'service'>): Promise<void> {
  const known = new Map((await service.generations()).map((one) => [one.generation, one.state]));
  for (const { g, state } of await keys.list())
    if (state === 'destroying' && known.get(g) === 'destroyed') await keys.endDestroying(g);
}

export async function find(keys: VaultKeys, generation: number): Promise<VaultGeneration | undefined> {
  return (await keys.list()).find(({ g }) => g === generation);
}
