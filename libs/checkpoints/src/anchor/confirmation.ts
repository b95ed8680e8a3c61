import type { AnchorMemory } from './anchor-memory.js';

/** Whether the store is known to be the one that was published: `waits` until somebody outside could be asked. */
export type Standing = 'confirmed' | 'waits';

/**
 * What a process asks before its first write, and again after every fault of the store (formats v1 §4.4): the default is
 * that nobody writes. One witness that answers is enough for writes, because each that answers tells of what it has cosigned;
 * a new epoch takes a quorum. A process that was confirmed once goes on while no witness answers.
 */
export class Confirmation {
  private once = false;
  private now = false;
  private rounds = 0;

  /** @param memory undefined as long as nothing is installed, and so nothing was ever published */
  constructor(private readonly memory: () => Promise<AnchorMemory | undefined>) {}

  /** What was confirmed may not hold any more. */
  forget(): void {
    this.now = false;
    this.rounds += 1;
  }

  /** @throws AnchorBehind and what else keeps the answers from being judged */
  async standing(): Promise<Standing> {
    if (this.now) return 'confirmed';
    const memory = await this.memory();
    if (memory === undefined) return 'confirmed';
    const round = this.rounds;
    const answered = await memory.ask();
    if (memory.witnesses > 0 && answered.size === 0) return this.once ? 'confirmed' : 'waits';
    this.once = true;
    this.now = round === this.rounds;
    return 'confirmed';
  }
}
