import { ErasureController } from './erasure/erasure.controller.js';
import { ReadErasuresController } from './erasure/read-erasures.controller.js';
import { HoldController } from './erasure/hold.controller.js';
import { SinkController } from './erasure/sink.controller.js';
import { SinkFeedController } from './erasure/sink-feed.controller.js';
import { SubjectsController } from './erasure/subjects.controller.js';
import { SubjectRequestController } from './erasure/subject-request.controller.js';
import { SubjectExportController } from './erasure/subject-export.controller.js';
import { OffboardController } from './tenant/offboard/offboard.controller.js';
import { StreamCommandHandler } from './erasure/stream-command.js';
import { GiveGrantController } from './access/grant/give-grant.controller.js';
import { GiveGrantHandler } from './access/grant/give-grant.handler.js';
import { ListGrantsController } from './access/list-grants/list-grants.controller.js';
import { ListGrantsHandler } from './access/list-grants/list-grants.handler.js';
import { RevokeGrantController } from './access/revoke/revoke-grant.controller.js';
import { RevokeGrantHandler } from './access/revoke/revoke-grant.handler.js';
import { AnchorController } from './anchor/anchor.controller.js';
import { DeliveriesController } from './delivery/read/deliveries.controller.js';
import { DeliveriesHandler } from './delivery/read/deliveries.handler.js';
import { DocsController } from './docs/docs.controller.js';
import { HealthController } from './health/health.controller.js';
import { AuditLogController } from './log/audit-log/audit-log.controller.js';
import { AuditLogHandler } from './log/audit-log/audit-log.handler.js';
import { EntryController } from './log/entry/entry.controller.js';
import { EntryHandler } from './log/entry/entry.handler.js';
import { HistoryController } from './log/history/history.controller.js';
import { HistoryHandler } from './log/history/history.handler.js';
import { BundleController } from './log/bundle/bundle.controller.js';
import { HeadsController } from './log/heads/heads.controller.js';
import { ExportController } from './log/export/export.controller.js';
import { LogFilesController } from './log/tree/log-files.controller.js';
import { LogKeysController } from './log/tree/log-keys.controller.js';
import { BulkController } from './records/bulk/bulk.controller.js';
import { RecordHandler } from './records/single/record.command.js';
import { RecordController } from './records/single/record.controller.js';
import { ChangeProfileController } from './tenant/change-profile/change-profile.controller.js';
import { ChangeProfileHandler } from './tenant/change-profile/change-profile.handler.js';
import { ChangeRoleController } from './tenant/change-role/change-role.controller.js';
import { ChangeRoleHandler } from './tenant/change-role/change-role.handler.js';
import { DeactivateMemberController } from './tenant/deactivate/deactivate-member.controller.js';
import { DeactivateMemberHandler } from './tenant/deactivate/deactivate-member.handler.js';
import { InviteMemberController } from './tenant/invite/invite-member.controller.js';
import { InviteMemberHandler } from './tenant/invite/invite-member.handler.js';
import { ListTenantsController } from './tenant/list/list-tenants.controller.js';
import { ListTenantsHandler } from './tenant/list/list-tenants.handler.js';
import { ReadTenantController } from './tenant/read/read-tenant.controller.js';
import { ReadTenantHandler } from './tenant/read/read-tenant.handler.js';
import { RegisterTenantController } from './tenant/register/register-tenant.controller.js';
import { RegisterTenantHandler } from './tenant/register/register-tenant.handler.js';

/** Every route's controller. */
export const controllers = [
  RegisterTenantController,
  ListTenantsController,
  ReadTenantController,
  ChangeProfileController,
  InviteMemberController,
  ChangeRoleController,
  DeactivateMemberController,
  GiveGrantController,
  RevokeGrantController,
  ListGrantsController,
  RecordController,
  DeliveriesController,
  BulkController,
  AuditLogController,
  EntryController,
  HistoryController,
  LogFilesController,
  BundleController,
  HeadsController,
  ExportController,
  LogKeysController,
  AnchorController,
  ErasureController,
  ReadErasuresController,
  HoldController,
  SinkController,
  SinkFeedController,
  SubjectsController,
  SubjectRequestController,
  SubjectExportController,
  OffboardController,
  HealthController,
  DocsController,
] as const;

/** Every command's and every query's handler. */
export const handlers = [
  StreamCommandHandler,
  RegisterTenantHandler,
  ChangeProfileHandler,
  InviteMemberHandler,
  ChangeRoleHandler,
  DeactivateMemberHandler,
  GiveGrantHandler,
  RevokeGrantHandler,
  RecordHandler,
  ListTenantsHandler,
  ReadTenantHandler,
  ListGrantsHandler,
  DeliveriesHandler,
  AuditLogHandler,
  EntryHandler,
  HistoryHandler,
] as const;
