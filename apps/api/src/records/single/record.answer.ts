import { UuidField } from '../../edge/fields/text.js';

export class RecordWritten {
  @UuidField({
    optional: true,
    description:
      'The event that holds the record; null for an end of a delivery that was reported under another key.',
  })
  event!: string | null;
}
