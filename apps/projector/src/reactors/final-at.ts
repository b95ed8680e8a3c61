import type { KeyAdministration, KeyGeneration } from '@candor/crypto';
import { DAY, later, plus, type Timestamp } from '@candor/domain';
import type { WrappedBy } from '@candor/vault';

/** What is planned for the generations that wrapped erased keys. */
export interface DestructionPlan {
  /** As the key service has them. */
  readonly known: readonly KeyGeneration[];
  /** What the key service takes to destroy one, milliseconds. */
  readonly delay: number;
  /** Days after its beginning by which a generation is to be retired. */
  readonly generationDays: number;
}

/** @throws KeyServiceFault: then nobody knows when, and no receipt says it */
export async function destructionPlan(
  keyService: Pick<KeyAdministration, 'generations' | 'destroyDelay'>,
  generationDays: number,
): Promise<DestructionPlan> {
  const [known, delay] = await Promise.all([keyService.generations(), keyService.destroyDelay()]);
  return { known, delay, generationDays };
}

/**
 * When the last generation that wrapped one of the keys is destroyed, and so no old copy of the vault opens any of them
 * (formats v1 §3.5): the day that the key service names, or where it names none yet, the day by which the generation is to be
 * retired, not before now, and what the key service takes then. Older generations count too: backups have wraps under them.
 * @param generations those up to the last one; where there is none, another erasure may just have taken the keys, from
 *   whatever generation
 */
export function finalAt(
  generations: readonly WrappedBy[],
  { known, delay, generationDays }: DestructionPlan,
  at: Timestamp,
): Timestamp {
  const wrapped = generations.length > 0 ? generations : [{ g: null, since: Date.parse(at) }];
  return wrapped
    .map(({ g, since }) => {
      const generation = known.find((one) => one.generation === g);
      if (generation !== undefined && generation.destroyAt !== null)
        return generation.destroyAt.toISOString();
      if (generation?.state === 'destroyed') return at;
      return plus(later(plus(new Date(since).toISOString(), generationDays * DAY), at), delay);
    })
    .reduce(later, at);
}
