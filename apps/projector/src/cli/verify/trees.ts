import { equalBytes, Frontier, logOrigin, sha256 } from '@candor/crypto';
import { Edge, type HeldHead, type StoredLeaf, type StoredTile } from '@candor/read-models';
import type { Findings } from './findings.js';

/** What is claimed of a log: this root at this size, or only that it has as many entries. */
export interface Claim extends HeldHead {
  /** The finding when it does not hold. */
  readonly code: string;
  readonly event?: string;
}

/** The trees of all logs, made again from their entries and held against everything claimed of them. */
export class Trees {
  private readonly trees = new Map<string, { readonly frontier: Frontier; readonly edge: Edge }>();
  private readonly claims = new Map<string, Claim[]>();
  /** Of each log, of its entry 0. */
  readonly origins = new Map<string, string>();
  entries = 0;

  constructor(
    claims: readonly Claim[],
    private readonly findings: Findings,
  ) {
    for (const claim of claims)
      this.claims.set(claim.tenant, [...(this.claims.get(claim.tenant) ?? []), claim]);
    for (const list of this.claims.values()) list.sort((a, b) => a.size - b.size);
  }

  get logs(): number {
    return this.trees.size;
  }

  /** The next entry of a log. @returns where it stands, and the tiles it fills */
  take(
    log: string,
    entry: {
      readonly leaf: Uint8Array;
      readonly id: string;
      readonly bytes: Uint8Array;
      readonly body: object;
      readonly metadata: Uint8Array;
    },
  ): { readonly leaf: StoredLeaf; readonly tiles: readonly StoredTile[] } {
    let tree = this.trees.get(log);
    if (tree === undefined) {
      tree = { frontier: Frontier.empty(), edge: Edge.empty() };
      this.trees.set(log, tree);
      this.open(log, entry.bytes, entry.body);
    }
    const index = tree.frontier.size;
    tree.frontier.append(entry.leaf);
    const tiles = tree.edge.append(entry.leaf).map((tile) => ({ ...tile, tenant: log }));
    this.entries += 1;
    this.settle(log, tree.frontier);
    const metadata = sha256(entry.metadata);
    return { leaf: { tenant: log, index, leaf: entry.leaf, metadata, eventId: entry.id }, tiles };
  }

  /** The tree of each log as it is. */
  frontiers(): ReadonlyMap<string, Frontier> {
    return new Map([...this.trees].map(([log, { frontier }]) => [log, frontier]));
  }

  /** What is still claimed: logs with fewer entries than that, and the largest size claimed. */
  outstanding(): ReadonlyMap<string, number> {
    const sizes = [...this.claims].map(([log, claims]) => [log, claims.at(-1)?.size ?? 0] as const);
    return new Map(sizes.filter(([, size]) => size > 0));
  }

  /** Held against a view that has seen as many entries as there are now. @param sizes how many it has */
  requireSeen(sizes: ReadonlyMap<string, number>, code: string): void {
    for (const [log, { frontier }] of this.trees) {
      const size = sizes.get(log) ?? 0;
      if (size < frontier.size) this.findings.add(code, { log, index: size });
    }
  }

  /** When nothing more comes: what was claimed of entries that are not there. */
  finish(): void {
    for (const [log, claims] of this.claims)
      for (const { size } of claims) this.findings.add('log.shorter', { log, index: size - 1 });
  }

  private open(
    log: string,
    bytes: Uint8Array,
    body: { readonly slot?: unknown; readonly operator?: unknown },
  ): void {
    const { slot, operator } = body;
    if (typeof slot === 'number' && typeof operator === 'string')
      this.origins.set(log, logOrigin(operator, slot, bytes));
  }

  private settle(log: string, frontier: Frontier): void {
    const claims = this.claims.get(log);
    while (claims?.[0]?.size === frontier.size) {
      const [claim] = claims.splice(0, 1);
      if (claim?.root === undefined || equalBytes(claim.root, frontier.root())) continue;
      this.findings.add(claim.code, { log, index: claim.size - 1, event: claim.event ?? null });
    }
  }
}
