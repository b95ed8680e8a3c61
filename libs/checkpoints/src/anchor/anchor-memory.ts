import { equalBytes, FormatFault } from '@candor/crypto';
import { type Checkpoint, openCheckpoint, rootAt, type Verifier } from '@candor/crypto/tlog';
import type { EventLog } from '@candor/event-store';
import { anchorHashes, latestEpoch, type Pool, ViewBehind } from '@candor/read-models';
import { LogBehind } from '../log-behind.js';
import { lastEpoch } from './last-epoch.js';
import type { AskedWitness } from './anchor-trust.js';

/** Our own key has signed a larger anchor log, or another one: this store is not the one that was published. */
export class AnchorBehind extends LogBehind {
  override readonly name = 'AnchorBehind';
}

export interface AnchorMemoryParts {
  readonly log: EventLog;
  /** As candor_api or candor_projector: the anchor log is public. */
  readonly pool: Pool;
  /** `<operator>/anchor` */
  readonly origin: string;
  /** Opens what only the anchor's own keys signed. */
  readonly verifiers: readonly Verifier[];
  readonly witnesses: readonly AskedWitness[];
  /** The largest checkpoint that a witness has cosigned, as it serves it; null: none. Throws when it cannot be asked. */
  readonly latestOf: (witness: AskedWitness, origin: string) => Promise<string | null>;
}

/**
 * What the witnesses remember of the anchor log, held against this store (formats v1 §4.4 (c)). A witness stops nobody by its
 * word: only a checkpoint that our own key has signed says that a store is behind.
 */
export class AnchorMemory {
  constructor(private readonly parts: AnchorMemoryParts) {}

  /** How many there are to ask. */
  get witnesses(): number {
    return this.parts.witnesses.length;
  }

  /**
   * Asks all of them.
   * @returns the names of those that answered
   * @throws AnchorBehind; LogBehind; ViewBehind while the view has fewer epochs than the store; LogUnavailable
   */
  async ask(): Promise<ReadonlySet<string>> {
    const { witnesses } = this.parts;
    const answers = await Promise.allSettled(witnesses.map((witness) => this.latest(witness)));
    const answered = new Set<string>();
    for (const [n, answer] of answers.entries()) {
      if (answer.status === 'rejected') continue;
      const name = witnesses[n]?.name ?? '';
      await this.judge(name, answer.value);
      answered.add(name);
    }
    return answered;
  }

  /** Asks one that did not cosign; one that does not answer says nothing. @throws as `ask` */
  async askAgain(witness: AskedWitness): Promise<void> {
    await this.judge(witness.name, await this.latest(witness).catch(() => undefined));
  }

  private async latest(witness: AskedWitness): Promise<Checkpoint | undefined> {
    const { latestOf, origin, verifiers } = this.parts;
    const note = await latestOf(witness, origin);
    if (note === null) return undefined;
    try {
      return (await openCheckpoint(note, origin, verifiers)).checkpoint;
    } catch (error) {
      if (error instanceof FormatFault) return undefined;
      throw error;
    }
  }

  private async judge(witness: string, seen: Checkpoint | undefined): Promise<void> {
    if (seen === undefined) return;
    const { log, pool } = this.parts;
    const known = await latestEpoch(pool);
    const size = (known?.epoch ?? -1) + 1;
    if (seen.size <= size) {
      if (equalBytes(seen.root, await rootAt(seen.size, anchorHashes(pool)))) return;
    } else if (seen.size <= ((await lastEpoch(log, known))?.epoch ?? -1) + 1)
      throw new ViewBehind(`the view has ${size} of ${seen.size} epochs`);
    throw new AnchorBehind(`witness ${witness} has a signed head of size ${seen.size}`);
  }
}
