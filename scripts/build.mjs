// Builds every app and library. nest's builder for SWC ends with 0 even when a file did not compile, so what it says is read:
// a build that leaves a file out must not be run.
import { spawnSync } from 'node:child_process';

const { status, stdout, stderr } = spawnSync(
  process.execPath,
  ['node_modules/@nestjs/cli/bin/nest.js', 'build', '--all'],
  { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
);
if (status !== 0 || /failed to compile/i.test(stdout + stderr)) {
  process.stderr.write(`${stdout}${stderr}\nCandor could not be built.\n`);
  process.exit(1);
}
