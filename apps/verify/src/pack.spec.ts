import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readGolden } from '../../../test/golden/read-golden.js';
import { Files, type GoldenTrust } from './spec-kit.js';

const { trust, bundle } = readGolden('log-v1/bundle.json') as { trust: GoldenTrust; bundle: string };
const files = new Files();

test('packed, and installed without a network in an empty folder, it gives its verdict there', () => {
  const script = fileURLToPath(new URL('../../../scripts/pack-verify.mjs', import.meta.url));
  const tarball = execFileSync(process.execPath, [script, files.path('.')], { encoding: 'utf8' }).trim();
  const empty = files.path('empty');
  mkdirSync(empty);
  execFileSync('npm', ['install', '--offline', '--silent', '--no-audit', tarball], { cwd: empty });
  // What it needs came with it: nothing of the repository is in reach from here.
  const program = join(empty, 'node_modules/candor-verify/bin/candor-verify.mjs');
  expect(existsSync(join(empty, 'node_modules/candor-verify/node_modules/@candor/crypto'))).toBe(true);
  const args = ['bundle', files.write('bundle.json', bundle), ...files.trust(trust), '--json'];
  const ran = (given: readonly string[]) =>
    spawnSync(process.execPath, [program, ...given], { cwd: empty, env: {}, encoding: 'utf8' });
  const whole = ran(args);
  expect([whole.status, whole.stderr]).toEqual([0, '']);
  expect(JSON.parse(whole.stdout)).toMatchObject({ verdict: 'witnessed' });
  expect(ran(['bundle', files.write('cut.json', bundle.slice(0, -9)), ...files.trust(trust)]).status).toBe(1);
});
