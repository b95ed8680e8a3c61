import { PatternField } from '../../edge/fields/text.js';
import { TimeField } from '../../edge/fields/time.js';

/** A key as its source makes it. */
const SourceKeyField = (description: string): PropertyDecorator =>
  PatternField(/^[\x21-\x7e]{1,512}$/, 'must be a key of 1 to 512 visible ASCII characters', { description });

/** What every record begins with. A record is sent as it is kept: what may be missing is null in it. */
export class RecordHeadDto {
  @SourceKeyField('What the record is of: an access, or a message. Nothing personal belongs into it.')
  recordKey!: string;

  @SourceKeyField('Which fact of it the record reports. Nothing personal belongs into it.')
  key!: string;

  @TimeField()
  occurredAt!: string;
}
