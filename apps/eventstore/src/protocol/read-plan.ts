import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Direction, EventFilter } from '../store/log-reader.js';
import { fromUint64 } from './numbers.js';
import { textFilter } from './patterns.js';
import { invalidArgument } from './refusals.js';
import { streamNameOf } from './stream-name.js';

/** The window of a client that counts events and does not say how many. */
const DEFAULT_WINDOW = 32;
/** Beyond the last event of any stream and of the log. */
const END = Number.MAX_SAFE_INTEGER - 1;

export interface Filter extends EventFilter {
  /** After this many events considered, a subscription tells how far it has come. */
  readonly checkpointInterval: number;
}

/** What a read asks for; `from` is the first revision or position to be considered. */
export interface ReadPlan {
  /** undefined: the whole log. */
  readonly stream: string | undefined;
  readonly direction: Direction;
  readonly from: number;
  /** undefined: a subscription. For a subscription from the end `from` is `END`. */
  readonly count: number | undefined;
  readonly filter: Filter | undefined;
  readonly resolveLinks: boolean;
  /** Event ids in two numbers rather than as text. */
  readonly structuredIds: boolean;
}

export const FROM_END = END;

/** @throws ServiceError INVALID_ARGUMENT for a combination the protocol does not have. */
export function readPlan(options: streams.ReadReq.Options | undefined): ReadPlan {
  if (options === undefined) throw invalidArgument('A read states its options.');
  const direction =
    options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS ? 'backwards' : 'forwards';
  const subscription = options.hasSubscription();
  if (!subscription && !options.hasCount()) throw invalidArgument('A read has a count or is a subscription.');
  if (subscription && direction === 'backwards') throw invalidArgument('A subscription reads forwards.');
  if (!options.hasFilter() && !options.hasNoFilter()) throw invalidArgument('A read has a filter or none.');
  const filter = filterOf(options.getFilter());
  const ids = options.getUuidOption();
  if (ids?.hasString() !== true && ids?.hasStructured() !== true)
    throw invalidArgument('A read states how ids are written.');
  if (options.hasStream() && filter !== undefined) throw invalidArgument('One stream is read unfiltered.');
  const target = options.hasStream() ? streamTarget(options) : allTarget(options, direction);
  return {
    ...target,
    direction,
    count: subscription ? undefined : fromUint64(options.getCount()),
    filter,
    resolveLinks: options.getResolveLinks(),
    structuredIds: ids.hasStructured(),
  };
}

function streamTarget(options: streams.ReadReq.Options): Pick<ReadPlan, 'stream' | 'from'> {
  const stream = options.getStream();
  const named = streamNameOf(stream?.getStreamIdentifier());
  if ('problem' in named) throw invalidArgument(named.problem);
  if (stream?.hasEnd() === true) return { stream: named.name, from: END };
  if (stream?.hasStart() === true) return { stream: named.name, from: 0 };
  if (stream?.hasRevision() !== true) throw invalidArgument('A read states where it starts.');
  // A subscription starts after the revision it is given, a read with it.
  const revision = fromUint64(stream.getRevision());
  return { stream: named.name, from: options.hasSubscription() ? revision + 1 : revision };
}

function allTarget(
  options: streams.ReadReq.Options,
  direction: Direction,
): Pick<ReadPlan, 'stream' | 'from'> {
  const all = options.getAll();
  if (all === undefined) throw invalidArgument('A read names a stream or asks for all.');
  if (all.hasEnd()) return { stream: undefined, from: END };
  if (all.hasStart()) return { stream: undefined, from: direction === 'forwards' ? 1 : 0 };
  if (!all.hasPosition()) throw invalidArgument('A read states where it starts.');
  const position = fromUint64(all.getPosition()?.getCommitPosition() ?? '0');
  // Forwards a read includes the position; a subscription starts after it, and backwards it lies behind.
  if (options.hasSubscription()) return { stream: undefined, from: position + 1 };
  return { stream: undefined, from: direction === 'forwards' ? Math.max(1, position) : position - 1 };
}

function filterOf(options: streams.ReadReq.Options.FilterOptions | undefined): Filter | undefined {
  if (options === undefined) return undefined;
  const on = options.hasStreamIdentifier() ? 'stream' : 'type';
  const expression = on === 'stream' ? options.getStreamIdentifier() : options.getEventType();
  if (expression === undefined) throw invalidArgument('A filter has an expression.');
  if (options.getCheckpointintervalmultiplier() === 0)
    throw invalidArgument('The checkpoint interval multiplier cannot be zero.');
  if (!options.hasMax() && !options.hasCount()) throw invalidArgument('A filter has a window.');
  const window = options.hasMax() ? options.getMax() : DEFAULT_WINDOW;
  if (window === 0) throw invalidArgument('The search window cannot be zero.');
  const checkpointInterval = options.getCheckpointintervalmultiplier() * window;
  const { matches } = textFilter(expression.getRegex(), expression.getPrefixList());
  return { on, checkpointInterval, matches };
}
