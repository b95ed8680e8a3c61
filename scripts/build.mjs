// Builds every app and library, unless nothing has changed since: a command beside a running system must not take away
// what that system runs from.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const SOURCES = [
  '{apps,libs}/*/{src/**/*,package.json,tsconfig.json}',
  '.swcrc',
  'nest-cli.json',
  'tsconfig.json',
];
const STAMP = 'node_modules/.cache/candor/build';

const state = stateOfSources();
if (readStamp() === state && globSync('{apps,libs}/*').every((part) => existsSync(`${part}/dist`)))
  process.exit(0);

rmSync(STAMP, { force: true });
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  ['node_modules/@nestjs/cli/bin/nest.js', 'build', '--all'],
  { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
);
// nest's builder for SWC ends with 0 even when a file did not compile, so what it says is read: a build that leaves a
// file out must not be run.
if (status !== 0 || /failed to compile/i.test(stdout + stderr)) {
  process.stderr.write(`${stdout}${stderr}\nCandor could not be built.\n`);
  process.exit(1);
}
mkdirSync(dirname(STAMP), { recursive: true });
writeFileSync(STAMP, state);

/** Names, sizes and times of all sources, as one digest. */
function stateOfSources() {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES).sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function readStamp() {
  return existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined;
}
