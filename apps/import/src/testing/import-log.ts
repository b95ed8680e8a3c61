import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { prepareImport, type ImportOptions, type LogImport } from '../import.js';
import type { Source } from '../input/source.js';
import type { DeliveryRecord } from '../record.js';

export const TENANT = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';

/** Noon of a day after the shipped logs were written. */
export const NOW = Date.UTC(2026, 10, 21, 12);

export type SentRecord = DeliveryRecord & { readonly tenant: string };

/** A log in memory, given out in chunks. */
export function memorySource(name: string, content: string | Uint8Array, chunkBytes = 4_096): Source {
  const bytes = Buffer.from(content);
  return {
    name,
    size: bytes.length,
    writtenAt: undefined,
    open: () =>
      Readable.from(
        Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) =>
          bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes),
        ),
      ),
  };
}

export function sample(name: string): Promise<Buffer> {
  return readFile(new URL(`../../../../test/samples/${name}`, import.meta.url));
}

/** Imports sources and gives every record that left. */
export async function importSources(
  sources: readonly Source[],
  options: Partial<ImportOptions> = {},
): Promise<{ readonly records: readonly SentRecord[]; readonly log: LogImport }> {
  const records: SentRecord[] = [];
  const sink = {
    write: (line: string) => {
      records.push(JSON.parse(line) as SentRecord);
      return undefined;
    },
    finish: () => Promise.resolve(),
  };
  const log = prepareImport({ tenant: TENANT, sources, sink, now: NOW, ...options });
  await log.run();
  return { records, log };
}

/** Imports one text. */
export async function importText(text: string, options: Partial<ImportOptions> = {}) {
  return importSources([memorySource('mail.log', text)], options);
}

/** What makes a record itself. */
export function identity({ recordKey, recipient, key }: DeliveryRecord): string {
  return JSON.stringify([recordKey, recipient, key]);
}
