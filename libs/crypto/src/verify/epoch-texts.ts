import { hex } from '../encoding.js';
import { type Epoch, parseEpoch } from '../tlog/epoch.js';
import { Frontier } from '../tlog/frontier.js';
import { leafHash } from '../tlog/hashes.js';
import { frontierNodes } from '../tlog/proof-nodes.js';
import { entriesPath, TILE_WIDTH } from '../tlog/tile.js';
import { at, broken } from './finding.js';
import { type TileAt, tileHashes } from './tile-hashes.js';
import { Unsigned } from './unsigned.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The epochs from a number up to the end of a signed anchor log, out of its tiles: together with the tree before them they lead
 * to its root, so that every one of them was signed, whoever served it.
 * @throws Unsigned for tiles that lead elsewhere; Broken `epoch.order`, `epoch.malformed` for what was signed and is no epoch;
 *   what `tile` throws
 */
export async function epochsFrom(
  from: number,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  tile: TileAt,
): Promise<readonly Epoch[]> {
  const texts: Uint8Array[] = [];
  const tree = await told(async () => {
    const before = await tileHashes(size, tile)(frontierNodes(from));
    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < size; index++) {
      const first = index * TILE_WIDTH;
      const entries = entriesOf(
        await tile(entriesPath({ index, width: Math.min(TILE_WIDTH, size - first) })),
      );
      texts.push(...entries.slice(Math.max(0, from - first)));
    }
    return Frontier.from(from, before);
  });
  for (const text of texts) tree.append(leafHash(text));
  if (tree.size !== size || hex(tree.root()) !== hex(root))
    throw new Unsigned('the epochs that are served do not belong to the newest checkpoint of the anchor log');
  return texts.map((text, n) => {
    const place = { epoch: from + n };
    const epoch = at(place, () => parseEpoch(decoder.decode(text)));
    if (epoch.epoch !== from + n) throw broken('epoch.order', 'the epoch has another number', place);
    return epoch;
  });
}

/** Faults of what was served. */
async function told<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (fault) {
    if (fault instanceof Error && fault.name === 'FormatFault')
      throw new Unsigned(`the tiles that are served are not those of the anchor log (${fault.message})`);
    throw fault;
  }
}

/** Each has its length before it, u16 big-endian. @throws Unsigned */
function entriesOf(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
    const end = start + 2 + length;
    if (end > bytes.length) throw new Unsigned('a tile of epochs is cut off');
    entries.push(bytes.subarray(start + 2, end));
    start = end;
  }
  return entries;
}
