import { TimeField } from '../edge/fields/time.js';
import { UuidField } from '../edge/fields/text.js';
import { Written } from '../edge/openapi/answers.js';
import { TenantParams } from '../tenant/tenant.dto.js';

export class GrantParams extends TenantParams {
  @UuidField()
  grant!: string;
}

export class GrantWritten extends Written {
  @UuidField()
  grant!: string;
}

export class GrantRevoked extends GrantWritten {
  @TimeField({ description: 'When the last permit given before the revocation can be used.' })
  lastUseBy!: string;
}
