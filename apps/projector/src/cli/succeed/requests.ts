import type { SuccessionApproved, SuccessionRequested, Timestamp, Uuid } from '@candor/domain';
import { decodeEntry, type EventLog, recordedOf } from '@candor/event-store';

/** What two people have said of a log's end, last. */
export interface Request {
  readonly body: SuccessionRequested['body'];
  /** Of the approval; null: there is none yet. */
  readonly approval: Uuid | null;
  /** When it was asked for, or since it is, approved. */
  readonly at: Timestamp;
}

/** Holds what two people say of ending a log. */
export const requestStream = (log: Uuid): string => `logsuccession-${log}`;

/** The last request of a log; undefined when nobody has asked. @throws LogUnavailable */
export async function lastRequest(log: Pick<EventLog, 'readStream'>, id: Uuid): Promise<Request | undefined> {
  let request: Request | undefined;
  for await (const stored of log.readStream(requestStream(id))) {
    const { event, context } = recordedOf(decodeEntry(stored)) ?? {};
    const at = context?.occurredAt ?? '';
    if (event?.type === 'platform.succession-requested')
      request = { body: (event as SuccessionRequested).body, approval: null, at };
    else if (event?.type === 'platform.succession-approved')
      request = approvedBy(request, event as SuccessionApproved, { id: stored.id, at });
  }
  return request;
}

function approvedBy(
  request: Request | undefined,
  { body }: SuccessionApproved,
  { id, at }: { readonly id: Uuid; readonly at: Timestamp },
): Request | undefined {
  return request?.body.previous === body.previous && request.approval === null
    ? { ...request, approval: id, at }
    : request;
}
