// Runs a script with Node 24 or newer: the machine's own when it is new enough, else the one from npm.
// Plain JavaScript that Node 20 can run, because it runs before anything else is known.
import { spawn, execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const REQUIRED_MAJOR = 24;
const require = createRequire(import.meta.url);

/** @returns {string | undefined} the path of a Node 24 or newer, if there is one */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= REQUIRED_MAJOR) return process.execPath;
  try {
    return require.resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

const node = findNode();
if (node === undefined) {
  console.error(
    `Candor needs Node ${REQUIRED_MAJOR} or newer; this is ${process.version}, and npm offers no build for ${process.platform}-${process.arch}.`,
  );
  process.exit(1);
}
try {
  execFileSync(node, ['-e', '0']);
} catch {
  console.error(`Candor needs Node ${REQUIRED_MAJOR} or newer, and ${node} does not run on this machine.`);
  process.exit(1);
}

const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A terminal's Ctrl-C reaches the whole process group; the launcher only has to outlive its child.
// A signal sent to the launcher alone is passed on.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  if (signal !== null) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});
