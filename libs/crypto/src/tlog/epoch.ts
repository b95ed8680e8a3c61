import { b64, fromB64, requireLength } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { parseDecimal } from './decimal.js';

/** An entry of the anchor log (formats v1 §5.5): its number is its index. */
export interface Epoch {
  readonly epoch: number;
  /** Unix seconds; increases from epoch to epoch. */
  readonly time: number;
  /** How many slots the tree has: 2^k, k from 10 to 32. */
  readonly slots: number;
  /** The root of the slot tree, 32 bytes. */
  readonly root: Uint8Array;
}

const FORM =
  /^candor-epoch\/v1\nepoch (\d{1,16})\ntime (\d{1,16})\nslots (\d{1,10})\nroot ([A-Za-z0-9+/=]{44})\n$/;

/** The text that is the entry's bytes. @throws FormatFault `epoch.malformed`, `length.wrong` */
export function formatEpoch({ epoch, time, slots, root }: Epoch): string {
  const text = `candor-epoch/v1\nepoch ${epoch}\ntime ${time}\nslots ${slots}\nroot ${b64(root)}\n`;
  parseEpoch(text);
  return text;
}

/** Reads what `formatEpoch` writes, and nothing else. @throws FormatFault `epoch.malformed`, `encoding.malformed`, `length.wrong` */
export function parseEpoch(text: string): Epoch {
  const [, epochText = '', timeText = '', slotsText = '', rootText = ''] = FORM.exec(text) ?? [];
  const epoch = parseDecimal(epochText);
  const time = parseDecimal(timeText);
  const slots = parseDecimal(slotsText);
  if (epoch === undefined || time === undefined || slots === undefined || !isSlotCount(slots)) {
    throw new FormatFault('epoch.malformed', 'epoch, time, slots and root are expected, a line each');
  }
  const root = fromB64(rootText);
  requireLength(root, 32, 'a root');
  return { epoch, time, slots, root };
}

/** 2^k, k from 10 to 32 (formats v1 §5.1, §5.2). */
export function isSlotCount(slots: number): boolean {
  return slots >= 2 ** 10 && slots <= 2 ** 32 && Number.isInteger(Math.log2(slots));
}
