/** Everything a principal can be allowed to do over HTTP. Stored in entries as `authorization.permission`: never renamed. */
export const permissions = [
  'tenant.register',
  'tenant.list',
  'tenant.read',
  'tenant.change-profile',
  'member.invite',
  'member.change-role',
  'member.deactivate',
  'grant.give',
  'grant.revoke',
  'grant.read',
  'record.report',
  'access.record',
  'delivery.record',
  'delivery.read',
  'log.read',
  'history.read',
] as const;

export type Permission = (typeof permissions)[number];
