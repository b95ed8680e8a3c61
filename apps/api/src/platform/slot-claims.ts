import { Inject, Injectable } from '@nestjs/common';
import { slotDecider, type Uuid } from '@candor/domain';
import { Executor } from '@candor/event-store';
import { executeNew } from '../edge/command/execute-new.js';
import type { CommandMeta } from '../edge/command/command-meta.js';
import { Problem } from '../edge/problem/problem.js';
import { VAULT } from '../ports.js';
import type { LogVault } from '@candor/vault';

/** More draws than a half-empty anchor log ever needs. */
const DRAWS = 64;

/** Claims slots of the anchor log: one per log, for ever (formats v1 §5.1). */
@Injectable()
export class SlotClaims {
  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(Executor) private readonly executor: Executor,
  ) {}

  /** The slot of this log, claimed by now. Sent again, after a crash at any step, it answers the same. */
  async claim(log: Uuid, meta: CommandMeta): Promise<number> {
    let slot = await this.vault.reserveSlot(log);
    for (let draw = 0; draw < DRAWS; draw++) {
      const result = await executeNew(this.executor, slotDecider, {
        stream: `slot-${slot}`,
        command: { kind: 'assign-slot', at: meta.at, slot, log },
        commandId: meta.commandId,
        causation: null,
        context: { ...meta.context, log: null, source: null, reason: null },
        deadline: meta.deadline,
      });
      if (result.ok) return slot;
      if (result.rejection.code !== 'slot.taken') throw new Problem(result.rejection.code);
      slot = await this.vault.redraw(log, slot);
    }
    throw new Error(`${DRAWS} draws found no free slot`);
  }
}
