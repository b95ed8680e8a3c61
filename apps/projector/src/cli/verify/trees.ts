import { equalBytes, Frontier, logOrigin, sha256 } from '@candor/crypto';
import { Edge, type HeldHead, type LogOrigin, type StoredLeaf, type StoredTile } from '@candor/read-models';
import { Approvals, type Declared, declaredBy } from './declared.js';
import type { Findings } from './findings.js';

/** What is claimed of one of a log's origins: this root at this size, or only that it has as many entries. */
export interface Claim extends HeldHead {
  /** The finding when it does not hold. */
  readonly code: string;
  readonly event?: string;
}

/** An entry as the trees take it. */
export interface TreeEntry {
  readonly leaf: Uint8Array;
  readonly id: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly body: object;
  readonly metadata: Uint8Array;
}

/** One of a log's origins, by the end of the name of the stream that holds its heads: the log, and `-<n>` of a successor. */
export const originKey = ({ log, succession }: LogOrigin): string =>
  succession === 0 ? log : `${log}-${succession}`;

interface Tree extends LogOrigin {
  readonly frontier: Frontier;
  readonly edge: Edge;
  /** How many entries the log has in the origins before. */
  readonly start: number;
}

/** Codes of what was said by heads: of an origin that ended, it can be declared lost (formats v1 §4.5). */
const HEADS: ReadonlySet<string> = new Set(['checkpoint.root', 'signed.root']);
const SUCCEEDED = 'log.succeeded';

/** The trees of all logs and of their successors, made again from their entries and held against everything claimed of them. */
export class Trees {
  /** Of each log its present one. */
  private readonly present = new Map<string, Tree>();
  private readonly ended: Tree[] = [];
  private readonly claims = new Map<string, Claim[]>();
  /** Claims that entries do not bear out. */
  private readonly contradicted: Claim[] = [];
  private readonly declarations = new Map<string, Declared>();
  private readonly approvals = new Approvals();
  /** Of each origin, by its key, its name of its entry 0. */
  readonly origins = new Map<string, string>();
  /** Where successors begin, with their first entry. */
  readonly successions: (LogOrigin & {
    readonly start: number;
    readonly event: string;
    readonly previous: unknown;
  })[] = [];
  entries = 0;

  constructor(
    claims: readonly Claim[],
    private readonly findings: Findings,
  ) {
    for (const claim of claims)
      this.claims.set(keyOf(claim), [...(this.claims.get(keyOf(claim)) ?? []), claim]);
    for (const list of this.claims.values()) list.sort((a, b) => a.size - b.size);
  }

  get logs(): number {
    return this.present.size;
  }

  /** Heads that cannot be reproduced, and whose loss the log itself declares. As of `finish`. */
  get declared(): readonly Declared[] {
    return [...this.declarations.values()].filter(({ lost }) => lost.size > 0);
  }

  /** The next entry of a log. @returns where it stands, and the tiles it fills */
  take(log: string, entry: TreeEntry): { readonly leaf: StoredLeaf; readonly tiles: readonly StoredTile[] } {
    this.approvals.take(entry);
    const tree = this.treeFor(log, entry);
    const { succession, start, frontier, edge } = tree;
    const index = frontier.size;
    frontier.append(entry.leaf);
    const tiles = edge.append(entry.leaf).map((tile) => ({ ...tile, tenant: log, succession }));
    this.entries += 1;
    this.settle(tree);
    const leaf = { tenant: log, index, place: start + index, leaf: entry.leaf, eventId: entry.id };
    return { leaf: { ...leaf, metadata: sha256(entry.metadata) }, tiles };
  }

  /** The tree of each origin as it is, by its key. */
  frontiers(): ReadonlyMap<string, Frontier> {
    return new Map(this.all().map((tree) => [originKey(tree), tree.frontier]));
  }

  /** What is still claimed, and not declared lost: origins with fewer entries than that, and the largest size claimed. */
  outstanding(): ReadonlyMap<string, number> {
    const sizes = [...this.claims].map(
      ([key, claims]) =>
        [key, claims.findLast((claim) => this.lossOf(claim) === undefined)?.size ?? 0] as const,
    );
    return new Map(sizes.filter(([, size]) => size > 0));
  }

  /** Held against a view that has seen as many entries as there are now. @param sizes how many it has, by origin */
  requireTrees(sizes: ReadonlyMap<string, number>, code: string): void {
    for (const tree of this.all()) {
      const has = sizes.get(originKey(tree)) ?? 0;
      if (has < tree.frontier.size) this.findings.add(code, { log: tree.log, index: has });
    }
  }

  /** The same of a view that counts a log's entries across its origins. @param sizes how many it has, by log */
  requirePlaces(sizes: ReadonlyMap<string, number>, code: string): void {
    for (const [log, { start, frontier }] of this.present) {
      const has = sizes.get(log) ?? 0;
      if (has < start + frontier.size) this.findings.add(code, { log, index: this.indexAt(log, has) });
    }
  }

  /** What entries contradict, unless its loss is declared. */
  contradict(): void {
    for (const claim of this.contradicted.splice(0))
      if (!this.isDeclared(claim)) {
        const { tenant: log, size, code, event = null } = claim;
        this.findings.add(code, { log, index: size - 1, event });
      }
  }

  /**
   * When nothing more comes: what was claimed of entries that are not there.
   * @param places how many entries a view has of each log, across its origins
   */
  finish(places: ReadonlyMap<string, number>): void {
    this.contradict();
    for (const claims of this.claims.values())
      for (const claim of claims)
        if (!this.isDeclared(claim))
          this.findings.add('log.shorter', { log: claim.tenant, index: claim.size - 1 });
    for (const { log, event, previous } of this.successions)
      if (!this.approvals.has(previous)) this.findings.add('succession.approval', { log, index: 0, event });
    for (const [log, size] of places) {
      const { start = 0, frontier } = this.present.get(log) ?? {};
      if (start + (frontier?.size ?? 0) < size)
        this.findings.add('log.shorter', { log, index: this.indexAt(log, size - 1) });
    }
  }

  private treeFor(log: string, entry: TreeEntry): Tree {
    const present = this.present.get(log);
    if (present !== undefined && entry.type !== SUCCEEDED) return present;
    const succession = entry.type === SUCCEEDED ? (present?.succession ?? 0) + 1 : 0;
    const start = present === undefined ? 0 : present.start + present.frontier.size;
    const tree = { log, succession, start, frontier: Frontier.empty(), edge: Edge.empty() };
    if (present !== undefined) this.end(present, entry);
    if (succession > 0) {
      const { previous } = entry.body as { readonly previous?: unknown };
      this.approvals.end(previous);
      this.successions.push({ log, succession, start, event: entry.id, previous });
    }
    this.present.set(log, tree);
    this.open(tree, entry);
    return tree;
  }

  private end(tree: Tree, { body }: TreeEntry): void {
    this.ended.push(tree);
    const key = originKey(tree);
    const declared = declaredBy(tree, body, this.origins.get(key));
    if (declared !== undefined) this.declarations.set(key, declared);
  }

  private open(tree: Tree, { bytes, body }: TreeEntry): void {
    const { slot, operator } = body as { readonly slot?: unknown; readonly operator?: unknown };
    if (typeof slot === 'number' && typeof operator === 'string')
      this.origins.set(originKey(tree), logOrigin(operator, slot, bytes));
  }

  private settle(tree: Tree): void {
    const claims = this.claims.get(originKey(tree));
    while (claims?.[0]?.size === tree.frontier.size) {
      const [claim] = claims.splice(0, 1);
      if (claim?.root === undefined || equalBytes(claim.root, tree.frontier.root())) continue;
      this.contradicted.push(claim);
    }
  }

  private all(): readonly Tree[] {
    return [...this.ended, ...this.present.values()];
  }

  /** The index of an entry in its origin, by its place among all of its log. */
  private indexAt(log: string, place: number): number {
    const own = this.all().findLast((tree) => tree.log === log && tree.start <= place);
    return place - (own?.start ?? 0);
  }

  /** The declaration that a head is lost; undefined where nothing declares it. */
  private lossOf(claim: Claim): Declared | undefined {
    const declared = HEADS.has(claim.code) ? this.declarations.get(keyOf(claim)) : undefined;
    if (declared === undefined || claim.size > declared.size) return undefined;
    if (claim.size <= this.approvals.keptOf(declared)) return undefined;
    const exact = claim.root !== undefined && equalBytes(claim.root, declared.root);
    return claim.size < declared.size || exact ? declared : undefined;
  }

  private isDeclared(claim: Claim): boolean {
    const declared = this.lossOf(claim);
    if (declared === undefined) return false;
    declared.lost.add(claim.size);
    return true;
  }
}

const keyOf = ({ tenant: log, succession }: Claim): string => originKey({ log, succession });
