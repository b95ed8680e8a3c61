import { QueryIntField } from '../../edge/fields/number.js';
import { ChoiceField, PatternField } from '../../edge/fields/text.js';

/** What every read may ask for. */
export class ReadDto {
  @PatternField(/^[A-Za-z0-9_-]{1,64}$/, 'must be a position that a write answered', { optional: true })
  after?: string;
}

export class PageDto extends ReadDto {
  @QueryIntField({ min: 1, max: 1000 }, { optional: true, default: 100 })
  limit?: number;

  @PatternField(/^[A-Za-z0-9_-]{1,512}$/, 'must be a cursor that the page before answered', {
    optional: true,
  })
  cursor?: string;
}

export class OrderedPageDto extends PageDto {
  @ChoiceField(['newest', 'oldest'], { optional: true, description: 'newest when absent' })
  order?: 'newest' | 'oldest';
}

export const DEFAULT_LIMIT = 100;
