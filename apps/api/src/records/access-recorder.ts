import { Inject, Injectable } from '@nestjs/common';
import { accessDecider, type AccessEvent, type ReportAccess, type Uuid } from '@candor/domain';
import {
  Codec,
  decodeEntry,
  type EventLog,
  type Execution,
  Executor,
  type Logged,
} from '@candor/event-store';
import type { LogVault } from '@candor/vault';
import type { Logger } from 'pino';
import { firstRef, storedRef } from '../edge/command/outcome.js';
import { LOG, LOGGER, VAULT } from '../ports.js';
import { isSameAccess } from './comparison.js';
import { accessContext, accessDetailsOf, reporterContext } from './facts.js';
import { faultVerdict, rejectionVerdict } from './fault-verdict.js';
import { Identities } from './identity.js';
import type { AccessLine } from './line/line-schema.js';
import { conflictCommandId, reportOf } from './record-report.js';
import { type Placed, type PlacedVerdict, readied, type Reporting } from './reporting.js';
import type { Verdict } from './verdict.js';

interface Prepared extends Placed<AccessLine> {
  readonly kId: Uint8Array;
  readonly execution: Execution<ReportAccess>;
}

type AccessResult = Awaited<ReturnType<typeof executeMany>>[number];
const executeMany = (executor: Executor, executions: readonly Execution<ReportAccess>[]) =>
  executor.executeMany(accessDecider, executions);

/** One stream for each reported access. Reported again it is a duplicate, or, when it differs, a conflict. */
@Injectable()
export class AccessRecorder {
  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(LOG) private readonly log: EventLog,
    @Inject(Codec) private readonly codec: Codec,
    @Inject(Executor) private readonly executor: Executor,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async record(
    items: readonly Placed<AccessLine>[],
    reporting: Reporting,
  ): Promise<readonly PlacedVerdict[]> {
    const ready = async (
      tenant: Uuid,
      group: readonly Placed<AccessLine>[],
    ): Promise<readonly Prepared[]> => {
      const { kId } = await this.vault.secrets(tenant);
      const identities = new Identities(kId, reporting.principal.id);
      return group.map((item) => prepare(item, kId, identities, reporting));
    };
    const { prepared, verdicts } = await readied(items, ready, (error) => this.fault(error));
    if (prepared.length === 0) return verdicts;
    const results = await executeMany(
      this.executor,
      prepared.map(({ execution }) => execution),
    );
    const judged = prepared.map(async (item, i) => ({
      place: item.place,
      verdict: await this.judge(item, results[i], reporting),
    }));
    return [...verdicts, ...(await Promise.all(judged))];
  }

  private async judge(
    item: Prepared,
    result: AccessResult | undefined,
    reporting: Reporting,
  ): Promise<Verdict> {
    try {
      if (result === undefined) throw new Error('an execution was not answered');
      if ('fault' in result) throw result.fault;
      if (!result.ok) {
        if (result.rejection.code !== 'access.already-reported') return rejectionVerdict(result.rejection);
        return await this.compare(item, await this.stored(item.execution.stream), reporting);
      }
      const event = result.events[0];
      if (event === undefined) throw new Error('an access was accepted without an event');
      if (!result.repeated)
        return { verdict: 'accepted', event: storedRef(event), position: result.position };
      return await this.compare(item, { event, position: result.position }, reporting);
    } catch (error) {
      return this.fault(error);
    }
  }

  private async compare(item: Prepared, stored: StoredAccess, reporting: Reporting): Promise<Verdict> {
    const { event, position } = stored;
    if (isSameAccess(event, item.line)) return { verdict: 'duplicate', event: storedRef(event), position };
    const { principal, at, deadline, correlation } = reporting;
    const report = reportOf(item.line);
    const { tenant, kId } = item;
    const result = await this.executor.execute(accessDecider, {
      stream: item.execution.stream,
      command: {
        kind: 'record-access-conflict',
        at,
        reporter: principal.id,
        conflictsWith: event.id,
        report,
      },
      commandId: conflictCommandId(kId, event.id, report),
      causation: event.id,
      context: reporterContext(principal.id, tenant, 'access.record', at, correlation(tenant)),
      deadline,
    });
    return {
      verdict: 'conflict',
      id: event.id,
      ...(result.ok
        ? { code: 'record.conflict', event: firstRef(result), position: result.position }
        : { code: result.rejection.code, event: null, position }),
    };
  }

  /** The access that stands in a stream: its first event. */
  private async stored(stream: string): Promise<StoredAccess> {
    for await (const found of this.log.readStream(stream, { limit: 1 })) {
      const [event] = await this.codec.open([decodeEntry(found)], 'list');
      if (event !== undefined) return { event: event as Logged<AccessEvent>, position: found.position };
    }
    throw new Error('a stream that had an event is empty');
  }

  private fault(error: unknown): Verdict {
    return faultVerdict(error, (err, reference) => {
      this.logger.error({ err, reference }, 'fault while recording');
    });
  }
}

interface StoredAccess {
  readonly event: Logged<AccessEvent>;
  readonly position: bigint;
}

function prepare(
  item: Placed<AccessLine>,
  kId: Uint8Array,
  identities: Identities,
  reporting: Reporting,
): Prepared {
  const { tenant, line } = item;
  const { principal, at, deadline, correlation } = reporting;
  const { stream, commandId } = identities.of(line, null);
  return {
    ...item,
    kId,
    execution: {
      stream,
      command: {
        kind: 'report-access',
        at,
        reporter: principal.id,
        occurredAt: line.occurredAt,
        outcome: line.outcome,
        details: accessDetailsOf(line),
      },
      commandId,
      causation: null,
      context: accessContext(line, tenant, correlation(tenant)),
      deadline,
      expectNew: true,
    },
  };
}
