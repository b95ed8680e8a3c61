import { ObjectField } from '../../edge/fields/nested.js';
import { IntField } from '../../edge/fields/number.js';
import { AddressField, ChoiceField, PatternField, TextField } from '../../edge/fields/text.js';
import { TimeField } from '../../edge/fields/time.js';
import { RecordHeadDto } from './head.dto.js';

const directions = ['outbound', 'inbound'] as const;
const verifications = ['verified', 'trusted', 'untrusted', 'anonymous'] as const;
const failures = ['invalid', 'mailbox', 'policy', 'timed-out', 'other'] as const;

const StatusField = (...classes: readonly number[]): PropertyDecorator =>
  PatternField(
    new RegExp(`^[${classes.join('')}](?:\\.(?:0|[1-9]\\d{0,2})){2}$`),
    `must be an RFC 3463 status of class ${classes.join(' or ')}, without leading zeros`,
  );

/** RFC 3464; it follows from the type and may be left out. */
const ActionField = (action: string): PropertyDecorator => ChoiceField([action], { optional: 'missing' });

const WordsField = (): PropertyDecorator =>
  TextField({ optional: true, max: 2_000, lines: true, description: 'A server’s words; personal.' });

const ProtocolNameField = (): PropertyDecorator =>
  PatternField(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a protocol name of at most 64 characters');

/** What every fact of a delivery begins with. */
class DeliveryHeadDto extends RecordHeadDto {
  @AddressField({ description: 'As the source has it; personal.' })
  recipient!: string;
}

/** A fact about an attempt, or one that ends in it. */
class AttemptHeadDto extends DeliveryHeadDto {
  @IntField({ min: 1 }, { optional: true })
  attempt: number | null = null;
}

export class RemoteMtaDto {
  @TextField({ optional: true, description: 'Personal.' })
  host: string | null = null;

  @TextField({ optional: true, max: 64, description: 'Personal.' })
  ip: string | null = null;

  @IntField({ min: 0, max: 65_535 }, { optional: true })
  port: number | null = null;
}

export class TlsDto {
  @ProtocolNameField()
  version!: string;

  @ProtocolNameField()
  cipher!: string;

  @IntField({ min: 0, max: 65_535 }, { optional: true })
  bits: number | null = null;

  @ChoiceField(verifications)
  verification!: (typeof verifications)[number];
}

export class AcceptedDto extends DeliveryHeadDto {
  @ChoiceField(['delivery.accepted'])
  type!: 'delivery.accepted';

  @TextField({ optional: true, description: 'The recipient as the source first had it; personal.' })
  originalAddress: string | null = null;

  @AddressField({ optional: true, description: 'Null: the null reverse-path, or not known. Personal.' })
  sender: string | null = null;

  @TextField({
    optional: true,
    max: 998,
    description: 'RFC 5322 Message-ID without angle brackets; personal.',
  })
  sourceMessageId: string | null = null;

  @IntField({ min: 0 }, { optional: true })
  bytes: number | null = null;

  @ChoiceField(directions, { optional: true })
  direction: (typeof directions)[number] | null = null;
}

export class AttemptedDto extends AttemptHeadDto {
  @ChoiceField(['delivery.attempted'])
  type!: 'delivery.attempted';

  @ObjectField(() => RemoteMtaDto, { optional: true })
  remoteMta: RemoteMtaDto | null = null;

  @ObjectField(() => TlsDto, { optional: true })
  tls: TlsDto | null = null;

  @WordsField()
  reply: string | null = null;

  @IntField({ min: 0 }, { optional: true, description: 'Milliseconds.' })
  delayMs: number | null = null;
}

export class DeferredDto extends AttemptHeadDto {
  @ChoiceField(['delivery.deferred'])
  type!: 'delivery.deferred';

  @ActionField('delayed')
  action = 'delayed' as const;

  @StatusField(4)
  status!: string;

  @WordsField()
  diagnostic: string | null = null;

  @TimeField({ optional: true })
  retryUntil: string | null = null;
}

export class DeliveredDto extends AttemptHeadDto {
  @ChoiceField(['delivery.delivered'])
  type!: 'delivery.delivered';

  @ActionField('delivered')
  action = 'delivered' as const;

  @StatusField(2)
  status!: string;

  @WordsField()
  diagnostic: string | null = null;
}

export class RelayedDto extends AttemptHeadDto {
  @ChoiceField(['delivery.relayed'])
  type!: 'delivery.relayed';

  @ActionField('relayed')
  action = 'relayed' as const;

  @StatusField(2)
  status!: string;

  @WordsField()
  diagnostic: string | null = null;
}

export class FailedDto extends AttemptHeadDto {
  @ChoiceField(['delivery.failed'])
  type!: 'delivery.failed';

  @ActionField('failed')
  action = 'failed' as const;

  @StatusField(4, 5)
  status!: string;

  @ChoiceField(failures)
  reason!: (typeof failures)[number];

  @WordsField()
  diagnostic: string | null = null;
}
