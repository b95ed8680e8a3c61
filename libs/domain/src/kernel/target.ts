import type { Uuid } from './entry.js';
import { UUID } from './fields.js';
import { memberOf } from './plain.js';
import { streamId } from './stream.js';

/** What an entry is about, by which the audit log can be searched. Ids only. */
export interface Target {
  readonly kind: string;
  readonly id: Uuid;
}

/** Finds the target in a body as stored (personal fields may be commitments). Total: what does not fit is no target. */
export type TargetRule = (body: unknown, stream: string) => Target | null;

export const target = (kind: string, id: unknown): Target | null =>
  typeof id === 'string' && UUID.test(id) ? { kind, id } : null;

/** The stream's own id. */
export const targetByStream =
  (kind: string): TargetRule =>
  (_body, stream) =>
    target(kind, streamId(stream));

/** An id in the body. */
export const targetByField =
  (kind: string, field: string): TargetRule =>
  (body) =>
    target(kind, memberOf(body, field));

export const noTarget: TargetRule = () => null;
