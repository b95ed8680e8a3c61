import type { ExportFile, PlacedFile } from './file-source.js';
import { RecoveryFault } from './source.js';
import type { Survey } from './survey.js';

/**
 * Exports that give entries, those of a log's earlier origins first, then the shorter ones. Which origin one is of is told by
 * its name, as the store or another file has it.
 * @throws RecoveryFault for the export of a successor whose log before neither has
 */
export function placedFiles(
  files: readonly ExportFile[],
  { origins }: Pick<Survey, 'origins'>,
): readonly PlacedFile[] {
  const byName = new Map(files.map((file) => [file.header.origin, file]));
  const successionOf = (name: string, deep: number): number => {
    const stored = storedSuccession(origins, name);
    if (stored !== undefined) return stored;
    const file = byName.get(name);
    if (file === undefined || deep > files.length)
      throw new RecoveryFault(`An export succeeds ${name}, which neither the store nor another file has.`);
    return file.previous === null ? 0 : successionOf(file.previous, deep + 1) + 1;
  };
  return files
    .flatMap((file) => {
      const { log, header } = file;
      if (log === null) return [];
      return [{ ...file, of: { log, succession: successionOf(header.origin, 0) } }];
    })
    .sort((a, b) => a.of.succession - b.of.succession || a.header.size - b.header.size);
}

/** The key of a successor ends in `-<n>`, after the 36 characters of its log. */
function storedSuccession(origins: Survey['origins'], name: string): number | undefined {
  for (const [key, origin] of origins) if (origin === name) return Number(key.slice(37));
  return undefined;
}
