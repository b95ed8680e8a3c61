import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder that other accounts may pass through: run as root, PostgreSQL belongs to another account, and would else put its
 * data where it can, and leave it there.
 */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `candor ${name} `));
  await chmod(folder, 0o711);
  return folder;
}
