// Runs a script with Node 24 or newer: the machine's own when it and its SQLite are new enough, else the one from npm.
// Plain JavaScript that Node 20 can run, because it runs before anything else is known.
import { spawn, execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const REQUIRED_MAJOR = 24;
/** What the embedded event store needs; early releases of Node 24 bring an older one. */
const REQUIRED_SQLITE = [3, 51];
const require = createRequire(import.meta.url);

/** @returns {string | undefined} the path of a Node that Candor runs on, if there is one */
function findNode() {
  const { node, sqlite = '0' } = process.versions;
  const [major = 0, minor = 0] = sqlite.split('.').map(Number);
  const newEnough =
    major > REQUIRED_SQLITE[0] || (major === REQUIRED_SQLITE[0] && minor >= REQUIRED_SQLITE[1]);
  if (Number(node.split('.')[0]) >= REQUIRED_MAJOR && newEnough) return process.execPath;
  try {
    return require.resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

const node = findNode();
if (node === undefined) {
  console.error(
    `Candor needs Node ${REQUIRED_MAJOR} or newer, with SQLite ${REQUIRED_SQLITE.join('.')} or newer; this is ${process.version}, and npm offers no build for ${process.platform}-${process.arch}.`,
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
// The launcher only has to outlive its child. A terminal's Ctrl-C reaches the whole process group; any other signal is sent
// to the launcher alone, or does no harm twice, and is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // It ends as its child did: with its own listener it would survive the signal, and end with 0.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
