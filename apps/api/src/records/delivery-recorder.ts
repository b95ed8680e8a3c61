import { Inject, Injectable } from '@nestjs/common';
import { deliveryDecider, type ReportDelivery, type Uuid } from '@candor/domain';
import { type Execution, Executor } from '@candor/event-store';
import type { LogVault } from '@candor/vault';
import type { Logger } from 'pino';
import { firstRef, storedRef } from '../edge/command/outcome.js';
import { LOGGER, VAULT } from '../ports.js';
import { isSameDelivery } from './comparison.js';
import { deliveryFactOf, reporterContext } from './facts.js';
import { faultVerdict, rejectionVerdict } from './fault-verdict.js';
import { Identities } from './identity.js';
import type { DeliveryLine } from './line/line-schema.js';
import { conflictCommandId, reportOf } from './record-report.js';
import { type Placed, type PlacedVerdict, readied, type Reporting } from './reporting.js';
import type { Verdict } from './verdict.js';

interface Prepared extends Placed<DeliveryLine> {
  readonly kId: Uint8Array;
  readonly execution: Execution<ReportDelivery>;
}

const executeMany = (executor: Executor, executions: readonly Execution<ReportDelivery>[]) =>
  executor.executeMany(deliveryDecider, executions);
type DeliveryResult = Awaited<ReturnType<typeof executeMany>>[number];

/** One stream for each message and recipient, one event for each reported fact. */
@Injectable()
export class DeliveryRecorder {
  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(Executor) private readonly executor: Executor,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async record(
    items: readonly Placed<DeliveryLine>[],
    reporting: Reporting,
  ): Promise<readonly PlacedVerdict[]> {
    const ready = async (
      tenant: Uuid,
      group: readonly Placed<DeliveryLine>[],
    ): Promise<readonly Prepared[]> => {
      const { kId } = await this.vault.secrets(tenant);
      const recipients = await this.vault.subjects(
        tenant,
        group.map(({ line }) => ({ kind: 'recipient', value: line.recipient })),
      );
      const identities = new Identities(kId, reporting.principal.id);
      return group.map((item, i) => prepare(item, kId, identities, recipients[i] ?? '', reporting));
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
    result: DeliveryResult | undefined,
    reporting: Reporting,
  ): Promise<Verdict> {
    try {
      if (result === undefined) throw new Error('an execution was not answered');
      if ('fault' in result) throw result.fault;
      if (!result.ok) return rejectionVerdict(result.rejection);
      const { position, repeated } = result;
      const event = result.events[0];
      // The end that stands was reported before, under another key.
      if (event === undefined) return { verdict: 'duplicate', event: null, position };
      if (event.event.type === 'delivery.conflict-detected') {
        const { conflictsWith: id, report } = event.event.body;
        // What is kept is an earlier report under this key: this one may say something else again.
        const isKept = !repeated || report === item.execution.command.report;
        if (!isKept) return await this.conflict(item, id, position, reporting);
        return { verdict: 'conflict', id, code: 'record.conflict', event: storedRef(event), position };
      }
      if (!repeated) return { verdict: 'accepted', event: storedRef(event), position };
      if (isSameDelivery(event, item.line))
        return { verdict: 'duplicate', event: storedRef(event), position };
      return await this.conflict(item, event.id, position, reporting);
    } catch (error) {
      return this.fault(error);
    }
  }

  /** Keeps a report that contradicts a stored event: once, and as many of one stream as the decider allows. */
  private async conflict(
    { tenant, kId, execution }: Prepared,
    stored: Uuid,
    position: bigint,
    { principal, at, deadline, correlation }: Reporting,
  ): Promise<Verdict> {
    const { reporter, messageId, recipient, report } = execution.command;
    const result = await this.executor.execute(deliveryDecider, {
      stream: execution.stream,
      command: {
        kind: 'record-delivery-conflict',
        at,
        reporter,
        messageId,
        recipient,
        report,
        conflictsWith: stored,
      },
      commandId: conflictCommandId(kId, stored, report),
      causation: stored,
      context: reporterContext(principal.id, tenant, 'delivery.record', at, correlation(tenant)),
      deadline,
    });
    return {
      verdict: 'conflict',
      id: stored,
      ...(result.ok
        ? { code: 'record.conflict', event: firstRef(result), position: result.position }
        : { code: result.rejection.code, event: null, position }),
    };
  }

  private fault(error: unknown): Verdict {
    return faultVerdict(error, (err, reference) => {
      this.logger.error({ err, reference }, 'fault while recording');
    });
  }
}

function prepare(
  item: Placed<DeliveryLine>,
  kId: Uint8Array,
  identities: Identities,
  recipient: string,
  { principal, at, deadline, correlation }: Reporting,
): Prepared {
  const { tenant, line } = item;
  const { stream, commandId, messageId } = identities.of(line, recipient);
  const reporter = principal.id;
  return {
    ...item,
    kId,
    execution: {
      stream,
      command: {
        kind: 'report-delivery',
        at,
        reporter,
        messageId,
        recipient,
        // Written down only where it is needed: a report that contradicts nothing is not kept.
        get report() {
          return reportOf(line);
        },
        occurredAt: line.occurredAt,
        fact: deliveryFactOf(line),
      },
      commandId,
      causation: null,
      context: reporterContext(reporter, tenant, 'delivery.record', line.occurredAt, correlation(tenant)),
      deadline,
      // The first fact of a message is its acceptance; the others come to a stream that is there.
      expectNew: line.type === 'delivery.accepted',
    },
  };
}
