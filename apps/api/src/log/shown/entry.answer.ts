import { ApiProperty } from '@nestjs/swagger';
import type { Flag } from '@candor/read-models';
import type { ShownEntry } from './shown-entry.js';

const closed =
  'A personal value is the value, or {"state": "lost" | "withheld"}, or {"state": "erased", "by": …} with the index of the entry that erased it (and "succession", where that is not of the origin the log began with).';
const shape = { type: 'object', additionalProperties: true } as const;

export class FlagAnswer {
  @ApiProperty({ format: 'uuid', description: 'The entry that says so.' })
  by!: string;

  @ApiProperty({ description: 'What was missing: no-grant, expired, …' })
  missing!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  grant!: string | null;
}

/** An entry as people read it. */
export class EntryAnswer implements ShownEntry {
  @ApiProperty({ description: 'Place in its origin of the log, the same for ever.' })
  index!: number;

  @ApiProperty({
    description:
      'Which of the log’s origins it belongs to: 0 unless entries were lost for good and the log was succeeded before it.',
  })
  succession!: number;

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'access.grant-approved' })
  type!: string;

  @ApiProperty()
  schema!: number;

  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;

  @ApiProperty({ format: 'date-time' })
  recordedAt!: string;

  @ApiProperty({ ...shape, description: closed })
  actor!: unknown;

  @ApiProperty({ ...shape, nullable: true })
  source!: unknown;

  @ApiProperty({ ...shape, nullable: true })
  authorization!: unknown;

  @ApiProperty({ ...shape, nullable: true })
  reason!: unknown;

  @ApiProperty({ enum: ['success', 'failure', 'refused'] })
  outcome!: ShownEntry['outcome'];

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  correlation!: string | null;

  @ApiProperty({ ...shape, nullable: true, description: 'What the entry is about: {kind, id}.' })
  target!: ShownEntry['target'];

  @ApiProperty({ ...shape, description: closed })
  body!: unknown;

  @ApiProperty({ type: FlagAnswer, nullable: true, description: 'Set when no grant covered this access.' })
  flagged!: Flag | null;

  @ApiProperty({ required: false, description: 'The entry is damaged: the finding.' })
  fault?: string;
}
