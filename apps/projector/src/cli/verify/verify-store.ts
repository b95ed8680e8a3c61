import { randomUUID } from 'node:crypto';
import { type EpochTree, equalBytes } from '@candor/crypto';
import type { Verifier } from '@candor/crypto/tlog';
import {
  type Codec,
  CorruptEntry,
  decodeEntry,
  type Entry,
  type EventLog,
  type StoredEvent,
} from '@candor/event-store';
import {
  auditSizes,
  differingEntries,
  differingTiles,
  type HeldHead,
  heldFacts,
  type Pool,
  signedHeads,
  type StoredLeaf,
  type StoredTile,
  treeHeads,
  ViewBehind,
  viewEnds,
} from '@candor/read-models';
import { LogBehind } from '@candor/checkpoints';
import type { Declared } from './declared.js';
import { checkEpochs } from './epochs.js';
import { type Finding, Findings } from './findings.js';
import { readRecorded, RECORDED_TYPES, type Recorded } from './recorded.js';
import { Seals } from './seals.js';
import { type Claim, originKey, Trees } from './trees.js';
import { checkFacts } from './view-facts.js';

export interface VerifyParts {
  readonly log: EventLog;
  /** As candor_projector. */
  readonly pool: Pool;
  readonly tree: EpochTree;
  /** `<operator>/anchor` */
  readonly origin: string;
  /** Of the anchor's own keys. */
  readonly verifiers: readonly Verifier[];
  /** Opens what is sealed. */
  readonly codec: Pick<Codec, 'disclose'>;
  /** Asks the witnesses what was published: throws LogBehind when it is not of this store. */
  readonly published: () => Promise<unknown>;
  /** Told of how many events were read. */
  readonly progress: (events: number) => void;
}

/** What was read, and what was found. */
export interface Verification {
  /** The last event read; undefined in an empty store. */
  readonly through: string | undefined;
  readonly events: number;
  readonly logs: number;
  readonly entries: number;
  readonly checkpoints: number;
  readonly epochs: number;
  /** What the logs themselves declare to be lost, and is: no finding. */
  readonly declared: readonly Declared[];
  readonly findings: number;
  /** How many of each code. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first of them. */
  readonly told: readonly Finding[];
}

/** Events that a fact of a view is told from. */
const NAMED_TYPES: ReadonlySet<string> = new Set([...RECORDED_TYPES, 'log.succeeded']);
/** Entries compared with the views in one statement. */
const BATCH = 2_000;

/**
 * The operator's own check: reads the event store from its beginning to where it ends now, makes every entry, tree, epoch and
 * note again, opens everything sealed, and compares with the views and with what was recorded, published and may have been
 * signed. Knows no event by its
 * meaning, but those the trees are recorded by.
 */
export async function verifyStore(parts: VerifyParts): Promise<Verification> {
  const { log, pool, progress } = parts;
  const findings = new Findings();
  // First what the database holds: whatever comes meanwhile is in the store too, and before it.
  const ends = await viewEnds(pool);
  const sizes = await auditSizes(pool);
  const [held, signed] = await Promise.all([treeHeads(pool), signedHeads(pool)]);
  const facts = await heldFacts(pool);
  const end = await lastPosition(log);
  const recorded = await readRecorded(log, end, findings);
  const trees = new Trees([...claimsOf(held, signed), ...checkpointClaims(recorded, findings)], findings);
  const batch = new ViewBatch(pool, sizes, findings);
  const seals = new Seals(parts.codec, findings);
  const seen = new Seen(ends, (view) => {
    if (view === 'audit_log_v1') trees.requirePlaces(sizes, 'view.entry');
    if (view === 'verifiable_log_v1') trees.requireTrees(sizesIn(held), 'view.root');
  });
  let [events, through] = [0, undefined as string | undefined];
  for await (const stored of log.readAll()) {
    if (stored.position > end) break;
    events += 1;
    through = stored.id;
    const entry = decoded(stored, findings);
    const of = entry?.json.log ?? null;
    if (entry !== undefined && of !== null)
      batch.add(
        trees.take(of, {
          leaf: entry.leaf,
          id: stored.id,
          type: stored.type,
          bytes: stored.data,
          body: entry.json.body,
          metadata: stored.metadata,
        }),
      );
    seen.pass(stored);
    if (entry !== undefined) await seals.add(entry);
    if (batch.full) await batch.compare();
    if (events % 10_000 === 0) progress(events);
  }
  await batch.compare();
  await seals.open();
  trees.finish(sizes);
  const { origins, successions, declared } = trees;
  checkFacts(
    { ...recorded, origins, successions },
    facts,
    (view, event) => seen.isLate(view, event),
    findings,
  );
  await checkEpochs(recorded, { ...parts, origins }, findings);
  await comparePublished(parts, findings);
  const found = { checkpoints: recorded.checkpoints.length, epochs: recorded.epochs.length };
  const read = { through, events, logs: trees.logs, entries: trees.entries, ...found };
  return { ...read, declared, findings: findings.count, counts: findings.counts, told: findings.told };
}

/** A view that lags is no finding: what it has not seen was compared where it is stored. */
async function comparePublished({ published }: VerifyParts, findings: Findings): Promise<void> {
  try {
    await published();
  } catch (error) {
    if (error instanceof LogBehind) findings.add('anchor.published', {});
    else if (!(error instanceof ViewBehind)) throw error;
  }
}

const sizesIn = (heads: readonly HeldHead[]): ReadonlyMap<string, number> =>
  new Map(heads.map(({ tenant: log, succession, size }) => [originKey({ log, succession }), size]));

const claimsOf = (held: readonly HeldHead[], signed: readonly HeldHead[]): readonly Claim[] => [
  ...held.map((head) => ({ ...head, code: 'view.root' })),
  ...signed.map((head) => ({ ...head, code: 'signed.root' })),
];

function checkpointClaims({ checkpoints }: Recorded, findings: Findings): readonly Claim[] {
  const last = new Map<string, { readonly size: number; readonly root: Uint8Array }>();
  return checkpoints.map(({ log, succession, size, root, event }) => {
    const key = originKey({ log, succession });
    const before = last.get(key);
    const same = before?.size === size && equalBytes(before.root, root);
    if (before !== undefined && before.size >= size && !same)
      findings.add('checkpoint.order', { log, index: size - 1, event });
    last.set(key, { size, root });
    return { tenant: log, succession, size, root, event, code: 'checkpoint.root' };
  });
}

function decoded(stored: StoredEvent, findings: Findings): Entry | undefined {
  try {
    return decodeEntry(stored);
  } catch (error) {
    if (!(error instanceof CorruptEntry)) throw error;
    findings.add('entry.corrupt', { event: stored.id });
    return undefined;
  }
}

async function lastPosition(log: EventLog): Promise<bigint> {
  let last = -1n;
  for await (const { position } of log.readAll()) last = position;
  return last;
}

/** Entries and tiles on their way to being compared with the views, as far as those had them at the start. */
class ViewBatch {
  private leaves: StoredLeaf[] = [];
  private tiles: StoredTile[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly sizes: ReadonlyMap<string, number>,
    private readonly findings: Findings,
  ) {}

  add({ leaf, tiles }: { readonly leaf: StoredLeaf; readonly tiles: readonly StoredTile[] }): void {
    if (leaf.place >= (this.sizes.get(leaf.tenant) ?? 0)) return;
    this.leaves.push(leaf);
    this.tiles.push(...tiles);
  }

  get full(): boolean {
    return this.leaves.length >= BATCH;
  }

  async compare(): Promise<void> {
    const [leaves, tiles] = [this.leaves, this.tiles];
    [this.leaves, this.tiles] = [[], []];
    if (leaves.length === 0) return;
    for (const { tenant, index, eventId } of await differingEntries(this.pool, leaves))
      this.findings.add('view.entry', { log: tenant, index, event: eventId });
    for (const { tenant, level, n } of await differingTiles(this.pool, tiles))
      this.findings.add('view.tile', { log: tenant, index: n * 16 ** (level + 1) });
  }
}

/** How far views had come: an event after their last one may be missing in them. */
class Seen {
  private readonly late = new Map<string, Set<string>>();

  /** @param reached is told of each view when its last event has passed */
  constructor(
    private readonly ends: ReadonlyMap<string, string>,
    private readonly reached: (view: string) => void,
  ) {}

  pass({ id, type }: StoredEvent): void {
    if (NAMED_TYPES.has(type)) for (const events of this.late.values()) events.add(id);
    for (const [view, end] of this.ends) {
      if (end !== id) continue;
      this.late.set(view, new Set());
      this.reached(view);
    }
  }

  /** Also where the view's last event is not in the store at all, which is found by what else the view has of it. */
  isLate(view: string, event: string): boolean {
    return this.late.get(view)?.has(event) !== false;
  }
}

/** A stream for what a check says. */
export const checkStream = (): string => `check-${randomUUID()}`;
