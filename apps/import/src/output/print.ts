import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { RecordSink } from './sink.js';

const BLOCK_CHARACTERS = 65_536;

/** Prints records instead of sending them, one a line, no faster than they are read. */
export function printingSink(output: Writable): RecordSink {
  let block = '';
  const flush = async (): Promise<void> => {
    const text = block;
    block = '';
    if (!output.write(text)) await once(output, 'drain');
  };
  return {
    write: (line) => {
      block += `${line}\n`;
      return block.length >= BLOCK_CHARACTERS ? flush() : undefined;
    },
    finish: async () => {
      if (block !== '') await flush();
    },
  };
}
