import { ApiProperty } from '@nestjs/swagger';
import { PatternField } from '../../edge/fields/text.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { SizedAnswer } from '../reading/sized.answer.js';
import type { EntryState } from './log-files.js';

const NUMBER = /^(?:0|[1-9]\d{0,14})$/;
const SUCCESSION = /^(?:0|[1-9]\d{0,8})$/;
const POSITIVE = /^[1-9]\d{0,14}$/;

/** An index in the log: decimal, no leading zero. */
export class IndexParams extends TenantParams {
  @PatternField(NUMBER, 'must be an index: 0, 1, 2 …', { example: '0' })
  index!: string;
}

/** Which of the origins a log has had (formats v1 §4.5). */
export class SuccessionDto {
  @PatternField(SUCCESSION, 'must be the number of a succession: 0, 1, 2 …', {
    optional: true,
    description:
      'Where entries were lost for good a log goes on under another origin, and its indexes begin again. 0 is the origin it began with, n that of its n-th succession; the present one when absent.',
  })
  succession?: string;
}

export class ProofDto extends SuccessionDto {
  @PatternField(POSITIVE, 'must be the size of a checkpoint', {
    optional: true,
    description: 'Of a signed checkpoint, the newest when absent.',
  })
  size?: string;
}

export class ConsistencyDto extends SuccessionDto {
  @PatternField(POSITIVE, 'must be a size, 1 or more', { example: '1' })
  from!: string;

  @PatternField(POSITIVE, 'must be a size, 1 or more', { example: '2' })
  to!: string;
}

export class EntryStateAnswer {
  @ApiProperty({ description: 'Entries of the log’s origin this was answered from.' })
  size!: number;

  @ApiProperty({ description: 'Which of the log’s origins: 0 unless it was succeeded.' })
  succession!: number;

  @ApiProperty()
  index!: number;

  @ApiProperty({
    enum: ['recorded', 'checkpointed', 'anchored', 'self-witnessed', 'witnessed'],
    description:
      'How sure the entry is by now: in the log; under a signed checkpoint; under a published epoch of the anchor log; with a quorum of the installation’s policy, with the help of the operator’s own witnesses or without. What a verifier with that policy says of the entry’s bundle.',
  })
  state!: EntryState;
}

export class OriginAnswer {
  @ApiProperty({ description: '0: the origin the log began with.' })
  succession!: number;

  @ApiProperty({ description: 'The name its checkpoints are signed under.' })
  origin!: string;

  @ApiProperty({
    description:
      'How many entries the log has in the origins before it. Readings tell of entries by their index with this added.',
  })
  start!: number;

  @ApiProperty({ description: 'Entries that there are.' })
  size!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description:
      'Size of the newest checkpoint that may have been signed. Of an origin that ended it is the one that was given up: what it has beyond `size` is lost.',
  })
  signed!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Size of the newest checkpoint that the entries have.',
  })
  reproduced!: number | null;
}

export class OriginsAnswer extends SizedAnswer {
  @ApiProperty({ type: [OriginAnswer], description: 'In their order; the present one is the last.' })
  origins!: readonly OriginAnswer[];
}
