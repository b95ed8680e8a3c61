import { ApiProperty } from '@nestjs/swagger';
import { TextField, UuidField } from '../fields/text.js';

export const RECEIPT =
  'A signed promise that this entry is in the log and will be anchored in time (formats v1 §8.1, a JWS). Keep it: it proves an omission against any later export that lacks the entry.';

export class EventRef {
  @UuidField()
  id!: string;

  @TextField()
  type!: string;

  @ApiProperty({ description: RECEIPT })
  receipt!: string;
}

/** What every write answers: the events it stored, each with its receipt, the same when it is sent again. Empty when nothing had to change. */
export class Written {
  @ApiProperty({ type: [EventRef] })
  events!: readonly EventRef[];
}

/** RFC 9457, with a stable `code`; docs/problems.md lists them. */
export class ProblemAnswer {
  @ApiProperty({ example: '/docs/problems#request.invalid' })
  type!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty()
  status!: number;

  @ApiProperty({ example: 'request.invalid' })
  code!: string;

  @ApiProperty({ required: false })
  detail?: string;

  @ApiProperty({ required: false, description: 'A reference under which a fault is logged.' })
  instance?: string;
}
