import { ApiProperty } from '@nestjs/swagger';
import { PatternField } from '../../edge/fields/text.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { SizedAnswer } from '../reading/sized.answer.js';
import type { EntryState } from './log-files.js';

const NUMBER = /^(?:0|[1-9]\d{0,14})$/;
const POSITIVE = /^[1-9]\d{0,14}$/;

/** An index in the log: decimal, no leading zero. */
export class IndexParams extends TenantParams {
  @PatternField(NUMBER, 'must be an index: 0, 1, 2 …', { example: '0' })
  index!: string;
}

export class ProofDto {
  @PatternField(POSITIVE, 'must be the size of a checkpoint', {
    optional: true,
    description: 'Of a signed checkpoint, the newest when absent.',
  })
  size?: string;
}

export class ConsistencyDto {
  @PatternField(POSITIVE, 'must be a size, 1 or more', { example: '1' })
  from!: string;

  @PatternField(POSITIVE, 'must be a size, 1 or more', { example: '2' })
  to!: string;
}

export class EntryStateAnswer extends SizedAnswer {
  @ApiProperty()
  index!: number;

  @ApiProperty({
    enum: ['recorded', 'checkpointed', 'anchored', 'self-witnessed', 'witnessed'],
    description:
      'How sure the entry is by now: in the log; under a signed checkpoint; under a published epoch of the anchor log; with a quorum of the installation’s policy, with the help of the operator’s own witnesses or without. What a verifier with that policy says of the entry’s bundle.',
  })
  state!: EntryState;
}
