import { ApiProperty, OmitType } from '@nestjs/swagger';
import { EntryAnswer } from '../shown/entry.answer.js';

/** An entry without its place in the log and what is known of it only there. */
export class HistoryEntry extends OmitType(EntryAnswer, ['index', 'succession', 'flagged'] as const) {}

export class HistoryAnswer {
  @ApiProperty({ description: 'Entries of the log this page was made from, of all of its origins together.' })
  size!: number;

  @ApiProperty({ type: [HistoryEntry] })
  entries!: readonly HistoryEntry[];

  @ApiProperty({ type: String, nullable: true })
  next!: string | null;
}
