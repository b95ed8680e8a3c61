import { isContainer, isResource, levels, operations, type Resource, resourceKinds } from '@candor/domain';
import { applyDecorators } from '@nestjs/common';
import { ReasonDto } from '../../edge/command/reason.dto.js';
import { check } from '../../edge/fields/field.js';
import { ObjectListField, PatternListField } from '../../edge/fields/list.js';
import { ObjectField } from '../../edge/fields/nested.js';
import { IntField } from '../../edge/fields/number.js';
import { ChoiceField, PatternField, TextField, UuidField } from '../../edge/fields/text.js';
import { RecordHeadDto } from './head.dto.js';

const TOKEN = /^[a-z0-9](?:[a-z0-9._:-]{0,62}[a-z0-9])?$/;
const TOKEN_WORDS = 'must be a lower-case token of at most 64 characters';

const actorKinds = ['user', 'employee', 'service', 'external'] as const;
const outcomes = ['success', 'failure', 'refused'] as const;

export class ActorDto {
  @ChoiceField(actorKinds)
  kind!: (typeof actorKinds)[number];

  @UuidField()
  id!: string;

  @UuidField({ optional: true })
  onBehalfOf: string | null = null;

  @TextField({ optional: true, description: 'Personal.' })
  name: string | null = null;
}

export class SourceDto {
  @TextField({ optional: true, max: 64, description: 'Personal.' })
  ip: string | null = null;

  @TextField({ optional: true, description: 'Personal.' })
  agent: string | null = null;

  @PatternField(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code', { optional: true })
  country: string | null = null;
}

export class AuthorizationDto {
  @PatternField(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
    'must be a code of at most 64 letters, digits and . _ : -',
    { optional: true },
  )
  permission: string | null = null;

  @UuidField({ optional: true })
  grant: string | null = null;
}

export class ResourceDto {
  @ChoiceField(resourceKinds)
  kind!: (typeof resourceKinds)[number];

  @UuidField({ optional: 'null', description: 'Null for account and delivery-log.' })
  id!: string | null;
}

const ResourceField = (): PropertyDecorator =>
  applyDecorators(
    ObjectField(() => ResourceDto, { description: 'With a null id: several of the kind, or one not known.' }),
    check('resource', 'account and delivery-log have no id', (value) => isResource(value as Resource)),
  );

const ContainersField = (): PropertyDecorator =>
  applyDecorators(
    ObjectListField(
      () => ResourceDto,
      { max: 4 },
      {
        optional: 'missing',
        description: 'What lies around the resource, by which a grant’s scope is found.',
      },
    ),
    check(
      'containers',
      'each has an id, but account and delivery-log',
      (value) => Array.isArray(value) && value.every((item) => isContainer(item as Resource)),
    ),
  );

/** Who accessed what of whom, doing what, under which grant or permission. */
export class AccessDto extends RecordHeadDto {
  @ChoiceField(['access.data-accessed'])
  type!: 'access.data-accessed';

  @ObjectField(() => ActorDto)
  actor!: ActorDto;

  @ObjectField(() => SourceDto, { optional: true })
  source: SourceDto | null = null;

  @ObjectField(() => AuthorizationDto, { optional: true })
  authorization: AuthorizationDto | null = null;

  @ObjectField(() => ReasonDto, { optional: true })
  reason: ReasonDto | null = null;

  @ChoiceField(outcomes)
  outcome!: (typeof outcomes)[number];

  @ResourceField()
  resource!: ResourceDto;

  @ContainersField()
  within: ResourceDto[] = [];

  @UuidField({ optional: true, description: 'Whose data, when it is one user’s.' })
  user: string | null = null;

  @ChoiceField(operations)
  operation!: (typeof operations)[number];

  @ChoiceField(levels)
  level!: (typeof levels)[number];

  @PatternField(TOKEN, TOKEN_WORDS)
  purpose!: string;

  @TextField({ optional: true, description: 'Personal.' })
  purposeText: string | null = null;

  @PatternListField(TOKEN, TOKEN_WORDS, { min: 1, max: 32 })
  categories!: string[];

  @IntField({ min: 0 }, { optional: true })
  records: number | null = null;
}
