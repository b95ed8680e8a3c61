import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { Codec, type EventLog, Executor } from '@candor/event-store';
import type { LogVault } from '@candor/vault';
import type { Logger } from 'pino';
import type { AnchorFiles } from './anchor/anchor-files.js';
import { ApiDescription } from './docs/docs.controller.js';
import { AUTHENTICATOR, type Authenticator } from './edge/auth/authenticator.js';
import { Guard } from './edge/auth/guard.js';
import { CommandAnswer } from './edge/command/answer.js';
import { CommandIntake } from './edge/command/intake.js';
import { StreamOwners } from './edge/command/stream-owners.js';
import type { InFlight } from './edge/http/in-flight.js';
import { RequestPipe } from './edge/http/request.pipe.js';
import type { RequestMemory } from './edge/idempotency/request-memory.js';
import { ErasurePreviews } from './erasure/erasure-preview.js';
import { ErasureReads } from './erasure/erasure-reads.js';
import { StreamWrites } from './erasure/stream-writes.js';
import { SubjectLines } from './erasure/subject-lines.js';
import { Readiness } from './health/readiness.js';
import { ReadGate } from './log/reading/read-gate.js';
import { Readings } from './log/reading/readings.js';
import { AuditRows } from './log/shown/audit-rows.js';
import { EntryReader } from './log/shown/entry-reader.js';
import { Receipts, type ReceiptTerms } from './log/receipt/receipts.js';
import type { Anchoring } from './log/tree/anchoring.js';
import { Disclosures } from './log/tree/disclosures.js';
import { LogParts } from './log/tree/log-parts.js';
import type { LogFiles } from './log/tree/log-files.js';
import type { Answer } from './edge/openapi/answer.js';
import type { PublicKeyAnswer } from './log/tree/log-keys.controller.js';
import { PlatformSecrets } from './platform/platform-secrets.js';
import { SlotClaims } from './platform/slot-claims.js';
import {
  ANCHOR_FILES,
  CLOCK,
  type Clock,
  LOG,
  LOGGER,
  OPERATOR,
  REQUESTS,
  VAULT,
  VIEWS,
  ANCHORING,
  OWN_WITNESSES,
  LOG_FILES,
  PUBLIC_KEYS,
  RECEIPT_TERMS,
} from './ports.js';
import { AccessRecorder } from './records/access-recorder.js';
import { DeliveryRecorder } from './records/delivery-recorder.js';
import { Recorder } from './records/recorder.js';
import { controllers, handlers } from './routes.js';
import { Memberships } from './tenant/memberships.js';
import { TenantDirectory } from './tenant/tenant-directory.js';
import type { Views } from './views/views.js';

/** Everything the app is given: the outside world, as ports. */
export interface AppParts {
  readonly log: EventLog;
  readonly vault: LogVault;
  readonly codec: Codec;
  readonly executor: Executor;
  readonly views: Views;
  readonly anchor: AnchorFiles;
  readonly logFiles: LogFiles;
  readonly anchoring: Anchoring;
  /** Keys of witnesses that are the operator's own. */
  readonly ownWitnesses: readonly string[];
  readonly publicKeys: readonly Answer<PublicKeyAnswer>[];
  readonly receiptTerms: ReceiptTerms;
  readonly requests: RequestMemory;
  readonly platform: PlatformSecrets;
  readonly authenticator: Authenticator;
  readonly readiness: Readiness;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly operator: string;
  readonly inFlight: InFlight;
}

const services = [
  ApiDescription,
  CommandAnswer,
  CommandIntake,
  StreamOwners,
  StreamWrites,
  SlotClaims,
  TenantDirectory,
  Receipts,
  Memberships,
  Recorder,
  AccessRecorder,
  DeliveryRecorder,
  EntryReader,
  AuditRows,
  ReadGate,
  Readings,
  ErasurePreviews,
  ErasureReads,
  SubjectLines,
  Disclosures,
  LogParts,
];

@Module({})
export class AppModule {
  static of(parts: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [CqrsModule.forRoot(), DiscoveryModule],
      controllers: [...controllers],
      providers: [
        { provide: LOG, useValue: parts.log },
        { provide: VAULT, useValue: parts.vault },
        { provide: Codec, useValue: parts.codec },
        { provide: Executor, useValue: parts.executor },
        { provide: VIEWS, useValue: parts.views },
        { provide: ANCHOR_FILES, useValue: parts.anchor },
        { provide: ANCHORING, useValue: parts.anchoring },
        { provide: OWN_WITNESSES, useValue: parts.ownWitnesses },
        { provide: LOG_FILES, useValue: parts.logFiles },
        { provide: PUBLIC_KEYS, useValue: parts.publicKeys },
        { provide: RECEIPT_TERMS, useValue: parts.receiptTerms },
        { provide: REQUESTS, useValue: parts.requests },
        { provide: PlatformSecrets, useValue: parts.platform },
        { provide: AUTHENTICATOR, useValue: parts.authenticator },
        { provide: Readiness, useValue: parts.readiness },
        { provide: LOGGER, useValue: parts.logger },
        { provide: CLOCK, useValue: parts.clock },
        { provide: OPERATOR, useValue: parts.operator },
        { provide: APP_GUARD, useClass: Guard },
        { provide: APP_PIPE, useClass: RequestPipe },
        ...services,
        ...handlers,
      ],
    };
  }
}
