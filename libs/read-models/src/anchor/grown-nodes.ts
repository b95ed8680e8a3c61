import { fromB64, leafHash, nodeHash, utf8 } from '@candor/crypto';
import { formatEpoch, frontierNodes, type NodeAt } from '@candor/crypto/tlog';
import type { EpochRecorded } from '@candor/domain';
import type { Sql } from '../sql.js';
import { readNodes } from './nodes.js';

export interface Node extends NodeAt {
  readonly hash: Uint8Array;
}

/**
 * The complete subtrees that come into being when these epochs, which follow each other, are added to the tree.
 * @throws Error when an epoch is missing between them, or before the first
 */
export async function grownNodes(
  schema: string,
  epochs: readonly EpochRecorded['body'][],
  sql: Sql,
): Promise<readonly Node[]> {
  const size = epochs[0]?.epoch ?? 0;
  const edge = frontierNodes(size);
  const hashes = await readNodes(schema, edge, sql);
  const open: Node[] = edge.map((at, n) => ({ ...at, hash: hashes[n] ?? new Uint8Array() }));
  const grown: Node[] = [];
  for (const [n, body] of epochs.entries()) {
    if (body.epoch !== size + n) throw new Error(`epoch ${size + n} is missing`);
    let node: Node = {
      level: 0,
      index: body.epoch,
      hash: leafHash(utf8(formatEpoch({ ...body, root: fromB64(body.root) }))),
    };
    grown.push(node);
    for (let left = open.at(-1); left?.level === node.level; left = open.at(-1)) {
      open.pop();
      node = { level: node.level + 1, index: left.index / 2, hash: nodeHash(left.hash, node.hash) };
      grown.push(node);
    }
    open.push(node);
  }
  return grown;
}
