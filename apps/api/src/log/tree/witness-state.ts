import { FormatFault, type Policy, type VerifierKey } from '@candor/crypto/tlog';
import { Broken, levelUnder } from '@candor/crypto/verify';
import type { EntryState } from './log-files.js';

/**
 * What a published checkpoint of the anchor log says of what stands below it: exactly what a verifier says that has the
 * installation's policy (formats v1 §6). One whose quorum is not reached, or that the policy's keys did not sign, is worth no
 * more than there.
 */
export class WitnessState {
  private known: { readonly note: string; readonly state: Promise<EntryState> } | undefined;

  /** @param policy undefined: the anchor log is published without witnesses */
  constructor(
    private readonly policy: Policy | undefined,
    private readonly ownWitnesses: readonly VerifierKey[],
  ) {}

  of(note: string): Promise<EntryState> {
    if (this.known?.note === note) return this.known.state;
    const asked = { note, state: this.judge(note) };
    this.known = asked;
    // What failed says nothing: it is judged again.
    asked.state.catch(() => {
      if (this.known === asked) this.known = undefined;
    });
    return asked.state;
  }

  private async judge(note: string): Promise<EntryState> {
    if (this.policy === undefined) return 'anchored';
    try {
      return await levelUnder(note, this.policy, this.ownWitnesses);
    } catch (error) {
      if (error instanceof FormatFault || error instanceof Broken) return 'checkpointed';
      throw error;
    }
  }
}
