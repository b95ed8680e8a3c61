import { ApiProperty } from '@nestjs/swagger';
import { erasureGrounds, MOST_SUBJECTS, refusalCauses, type ErasureGround } from '@candor/domain';
import { WriteDto } from '../edge/command/reason.dto.js';
import { BooleanField } from '../edge/fields/boolean.js';
import { PatternListField } from '../edge/fields/list.js';
import { ChoiceField, TextField, UuidField } from '../edge/fields/text.js';
import { Written } from '../edge/openapi/answers.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import { SizedAnswer } from '../log/reading/sized.answer.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Ids of subjects, in any order. */
export const SubjectsField = (): PropertyDecorator =>
  PatternListField(UUID, 'must be lower-case UUIDs', { min: 1, max: MOST_SUBJECTS });

export class ErasureParams extends TenantParams {
  @UuidField()
  erasure!: string;
}
export class ErasureSinkParams extends ErasureParams {
  @UuidField()
  sink!: string;
}

export class RequestErasureDto extends WriteDto {
  @SubjectsField()
  subjects!: readonly string[];

  @ChoiceField(['data-subject', 'controller', 'authority'])
  askedBy!: 'data-subject' | 'controller' | 'authority';

  @ChoiceField(erasureGrounds, { description: 'GDPR Art. 17(1)(a)–(f), in that order.' })
  ground!: ErasureGround;

  @TextField({ optional: true, max: 2_000, lines: true, description: 'Why, in words; personal.' })
  statement?: string | null;

  @BooleanField({ optional: true, description: 'Only say what it would make unreadable; nothing is stored.' })
  dryRun?: boolean | null;
}

export class RefuseErasureDto extends WriteDto {
  @ChoiceField(refusalCauses, {
    description: 'Withdrawn, not identified, or one of GDPR Art. 17(3)(a)–(e), in that order.',
  })
  cause!: (typeof refusalCauses)[number];

  @TextField({ optional: true, max: 2_000, lines: true, description: 'Why, in words; personal.' })
  statement?: string | null;
}

export class LostKeys {
  @ApiProperty({ description: 'Retention class.' })
  class!: string;

  @ApiProperty({ example: '2026-11' })
  period!: string;

  @ApiProperty()
  count!: number;
}

export class ExportActor {
  @ApiProperty({ enum: ['user', 'employee', 'service', 'external'] })
  kind!: string;

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Of a service: for whom.' })
  onBehalfOf!: string | null;
}

export class GivenExportAnswer {
  @ApiProperty({ format: 'uuid', description: 'The entry that says so.' })
  event!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ type: ExportActor, description: 'Who was given it.' })
  actor!: ExportActor;

  @ApiProperty({ enum: ['log', 'subjects', 'population'] })
  kind!: string;

  @ApiProperty({ type: [String], description: 'Whose entries; none where it was of the whole log.' })
  subjects!: readonly string[];

  @ApiProperty({ description: 'The first entry it has.' })
  from!: number;

  @ApiProperty({ description: 'It has the entries before this one.' })
  size!: number;
}

/** An erasure does not reach what was given out: those who have it are to be told (GDPR Art. 19). */
export class GivenExportsAnswer {
  @ApiProperty({ description: 'Exports that gave out one of the values.' })
  count!: number;

  @ApiProperty({
    description:
      'There are so many exports that the oldest were not looked at: the audit log has them all, under the action log.exported.',
  })
  more!: boolean;

  @ApiProperty({ type: [GivenExportAnswer], description: 'The newest 100 of them, newest first.' })
  newest!: readonly GivenExportAnswer[];
}

const exported = {
  type: GivenExportsAnswer,
  description:
    'Exports that gave out values which the erasure makes unreadable. It does not reach what was given out: those who have it are to be told (GDPR Art. 19).',
} as const;

export class ErasurePreview {
  @ApiProperty({ type: [LostKeys], description: 'Keys that live, by class and period.' })
  keys!: readonly LostKeys[];

  @ApiProperty({ description: 'Entries with values that would become unreadable.' })
  entries!: number;

  @ApiProperty({ type: [String], description: 'Views that show such entries.' })
  views!: readonly string[];

  @ApiProperty(exported)
  exports!: GivenExportsAnswer;

  @ApiProperty({ type: [String], description: 'Sinks that would be told.' })
  sinks!: readonly string[];

  @ApiProperty({ type: [String], description: 'Holds that stand in the way.' })
  holds!: readonly string[];
}

/** With `dryRun` there is neither an erasure nor an event. */
export class ErasureWritten extends Written {
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  erasure!: string | null;

  @ApiProperty({ type: ErasurePreview })
  preview!: ErasurePreview;
}

export class ErasureChanged extends Written {
  @UuidField()
  erasure!: string;
}

/** The person who confirms sees who has what the erasure does not reach. */
export class ErasureConfirmed extends ErasureChanged {
  @ApiProperty({ ...exported, nullable: true })
  exports!: GivenExportsAnswer | null;
}

const time = { type: String, format: 'date-time', nullable: true } as const;

export class SinkState {
  @ApiProperty({ format: 'uuid' })
  sink!: string;

  @ApiProperty({
    enum: ['to-be-told', 'told', 'confirmed', 'removed', 'unreached'],
    description:
      'told: it fetched the order; unreached: it had not when the receipt was written; removed: it keeps nothing any more.',
  })
  state!: string;
}

export class ErasureReceipt {
  @ApiProperty({ format: 'uuid', description: 'The entry.' })
  event!: string;

  @ApiProperty({ enum: ['erasure', 'retention', 'offboarding'] })
  rule!: string;

  @ApiProperty({ type: [String], description: 'The entries that ordered it.' })
  orders!: readonly string[];

  @ApiProperty()
  keys!: number;

  @ApiProperty()
  entries!: number;

  @ApiProperty({
    format: 'date-time',
    description: 'When no old copy of the vault can open anything any more.',
  })
  finalAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When the last backup from before is gone.' })
  backupsUntil!: string;
}

export class ErasureAnswer {
  @ApiProperty({ format: 'uuid' })
  erasure!: string;

  @ApiProperty({ enum: ['requested', 'confirmed', 'ordered', 'declined', 'complete'] })
  status!: string;

  @ApiProperty({ type: [String] })
  subjects!: readonly string[];

  @ApiProperty({ type: String, nullable: true })
  askedBy!: string | null;

  @ApiProperty({ type: String, nullable: true })
  ground!: string | null;

  @ApiProperty({ type: String, nullable: true })
  cause!: string | null;

  @ApiProperty(time)
  requestedAt!: string | null;

  @ApiProperty(time)
  decidedAt!: string | null;

  @ApiProperty({ type: [SinkState] })
  sinks!: readonly SinkState[];

  @ApiProperty({ type: [String], description: 'Holds that keep it waiting.' })
  holds!: readonly string[];

  @ApiProperty({ type: ErasureReceipt, nullable: true })
  receipt!: ErasureReceipt | null;
}

/** One erasure by itself. */
export class OneErasureAnswer extends ErasureAnswer {
  @ApiProperty({ description: 'Entries of the log this was answered from.' })
  size!: number;

  @ApiProperty({
    ...exported,
    nullable: true,
    description: `${exported.description} Null where it names no keys: it was declined, nothing was left to erase, or a term or a contract ended.`,
  })
  exports!: GivenExportsAnswer | null;
}

export class ErasuresAnswer extends SizedAnswer {
  @ApiProperty({ type: [ErasureAnswer] })
  erasures!: readonly ErasureAnswer[];
}
