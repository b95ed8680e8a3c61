// Packs candor-verify as a package of its own: the program, and of @candor/crypto the files it reaches, bundled with it. It
// needs nothing else but Node. Usage: npm run pack:verify [-- FOLDER]; prints the tarball's path.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? '.');
const staging = mkdtempSync(join(tmpdir(), 'candor-pack-'));
const program = join(root, 'apps/verify');
const library = join(root, 'libs/crypto');

try {
  const { name, version, description, license, type, bin } = read(join(program, 'package.json'));
  const { imports, exports } = read(join(library, 'package.json'));
  const entries = Object.fromEntries(['./tlog', './verify'].map((path) => [path, exports[path].default]));
  const { node, default: web } = imports['#platform'];
  const bundled = join(staging, 'node_modules/@candor/crypto');
  copyReached(program, staging, ['./dist/apps/verify/src/main.js']);
  copyReached(library, bundled, [...Object.values(entries), node, web]);
  copy(program, staging, bin);
  cpSync(join(root, 'LICENSE'), join(staging, 'LICENSE'));
  cpSync(join(root, 'docs/verification.md'), join(staging, 'README.md'));
  cpSync(join(root, 'docs/verifying.md'), join(staging, 'verifying.md'));
  write(join(bundled, 'package.json'), {
    name: '@candor/crypto',
    version,
    license,
    type,
    imports: { '#platform': { node, default: web } },
    exports: entries,
  });
  write(join(staging, 'package.json'), {
    name,
    version,
    description,
    license,
    type,
    bin,
    engines: { node: '>=20.19' },
    files: ['bin', 'dist', 'verifying.md'],
    dependencies: { '@candor/crypto': version },
    bundleDependencies: ['@candor/crypto'],
  });
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', target], {
    cwd: staging,
    encoding: 'utf8',
  });
  if (packed.status !== 0) throw new Error(packed.stderr);
  process.stdout.write(`${join(target, packed.stdout.trim().split('\n').at(-1))}\n`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** Copies files and whatever of the same package they import. */
function copyReached(from, to, files) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    copy(from, to, file);
    const text = readFileSync(join(from, file), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g))
      visit(relative(from, resolve(from, dirname(file), specifier)));
  };
  for (const file of files) visit(relative(from, resolve(from, file)));
}

function copy(from, to, file) {
  mkdirSync(dirname(join(to, file)), { recursive: true });
  cpSync(join(from, file), join(to, file));
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function write(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
