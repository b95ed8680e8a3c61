import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { endLineOf, lineOf, Tally, type ExportEnd, type MovedEvent } from './moved-event.js';

/** Writes one line per event, and a last one by which an import knows that it has them all. */
export async function writeExport(
  events: AsyncIterable<MovedEvent> | Iterable<MovedEvent>,
  out: Writable,
): Promise<ExportEnd> {
  const tally = new Tally();
  const write = async (line: string): Promise<void> => {
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  };
  for await (const event of events) {
    tally.add(event);
    await write(lineOf(event));
  }
  await write(endLineOf(tally.end));
  return tally.end;
}
