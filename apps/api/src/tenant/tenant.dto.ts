import { UuidField } from '../edge/fields/text.js';
import { Written } from '../edge/openapi/answers.js';

export class TenantParams {
  @UuidField()
  tenant!: string;
}

export class MemberParams extends TenantParams {
  @UuidField()
  user!: string;
}

export const memberRoles = ['owner', 'admin', 'member', 'viewer'] as const;

export class TenantWritten extends Written {
  @UuidField({ description: 'The tenant, and its log.' })
  tenant!: string;
}

export class MemberWritten extends Written {
  @UuidField({ description: 'The member: the same id for the same address in this tenant.' })
  user!: string;
}
