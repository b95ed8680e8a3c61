// Builds, then runs all of Candor, as one process below the launcher: a shell in between would not pass signals on.
import { spawnSync } from 'node:child_process';

const build = spawnSync(process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build', '--all'], {
  cwd: new URL('..', import.meta.url),
  stdio: ['ignore', 'pipe', 'pipe'],
  encoding: 'utf8',
});
if (build.status !== 0) {
  console.error(`${build.stdout}${build.stderr}`);
  console.error('Candor could not be built.');
  process.exit(1);
}
await import('../apps/local/dist/apps/local/src/main.js');
