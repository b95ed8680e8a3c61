import { isDeepStrictEqual } from 'node:util';
import type { EventStoreDBClient, Position, ResolvedEvent } from '@eventstore/db-client';
import { fromModel, shownBy } from './events.ts';
import type { Model, ModelRecord } from './model.ts';
import type { FromSpec } from './operations.ts';

/** A server, what it holds of ours, and whether it holds anything else. */
export interface World {
  readonly client: EventStoreDBClient;
  readonly model: Model;
  /** Every stream of ours begins so. */
  readonly prefix: string;
  readonly exclusive: boolean;
}

/** Where in the log a read starts: near the end of what is known, at an event whose position is known. */
export function startOf(
  model: Model,
  from: FromSpec,
): { readonly index: number; readonly position: Position } | undefined {
  if (typeof from === 'string') return undefined;
  for (let index = model.all.length - 1 - Math.max(0, from.back); index >= 0; index--) {
    const position = model.all[index]?.position;
    if (position !== undefined) return { index, position: { commit: position, prepare: position } };
  }
  return undefined;
}

/** Whether this run wrote what a read shows. */
export function isOurs({ event, link }: ResolvedEvent, prefix: string): boolean {
  const stream = (link ?? event)?.streamId ?? '';
  return stream.startsWith(prefix) || stream.startsWith(`$$${prefix}`);
}

/** @throws Error naming the first record that is not what was expected */
export function compare(shown: Error | readonly ResolvedEvent[], expected: readonly ModelRecord[]): void {
  if (shown instanceof Error) throw shown;
  for (let n = 0; n < Math.max(shown.length, expected.length); n++) {
    const [got, wanted] = [shown[n], expected[n]];
    const known = (wanted?.link ?? wanted?.event)?.position;
    const position = (got?.link ?? got?.event)?.position?.commit;
    const same = isDeepStrictEqual(got && shownBy(got), wanted && fromModel(wanted));
    if (same && position !== undefined && (known === undefined || known === position)) continue;
    const counts = `${shown.length} shown, ${expected.length} expected; number ${n} is`;
    throw new Error(`${counts} ${brief(got)} at ${position}, not ${brief(wanted)} at ${known}`);
  }
}

/** As text, without what is long. */
export const brief = (subject: unknown): string =>
  JSON.stringify(subject, (_key, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Error) return value.message;
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    return typeof value === 'string' ? value.slice(0, 80) : value;
  });

/** Notes the positions that a read has shown. */
export function learnPositions(model: Model, records: readonly ResolvedEvent[]): void {
  for (const { event, link } of records) {
    const record = link ?? event;
    const known = model.stream(record?.streamId ?? '')[Number(record?.revision)];
    if (known !== undefined) known.position ??= record?.position?.commit;
  }
}
