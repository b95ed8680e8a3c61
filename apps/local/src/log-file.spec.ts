import { mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { LogFile } from './log-file.js';
import { problemIn } from './problem-line.js';

test('a log goes on across starts, and never grows beyond its bound and the part before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'candor-log-'));
  const path = join(folder, 'part.log');
  const first = new LogFile(path, 100);
  first.write('one');
  first.close();
  const second = new LogFile(path, 100);
  second.write('two');
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  for (let i = 0; i < 100; i++) second.write(`line ${i} of some`);
  second.close();
  expect((await readdir(folder)).sort()).toEqual(['part.log', 'part.log.1']);
  for (const name of ['part.log', 'part.log.1'])
    expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(100);
  expect(await readFile(path, 'utf8')).toContain('line 99 of some');
  await rm(folder, { recursive: true });
});

test('what cannot be written is left out, and writing goes on when it can', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'candor-log-'));
  // Nothing can be moved to where a folder is: as little as more fits on a full disk.
  const path = join(folder, 'part.log');
  await mkdir(join(`${path}.1`, 'in the way'), { recursive: true });
  const log = new LogFile(path, 10);
  log.write('one');
  log.write('two and more');
  expect(await readFile(path, 'utf8')).toBe('one\n');
  await rm(`${path}.1`, { recursive: true });
  log.write('three');
  log.close();
  expect(await readFile(path, 'utf8')).toBe('one\nthree\n');
  await rm(folder, { recursive: true });
});

test.each([
  ['{"level":30,"msg":"fine"}', 'stdout', undefined],
  ['{"level":50,"msg":"not fine"}', 'stdout', 'not fine'],
  ['{"level":60,"msg":"the end"}', 'stderr', 'the end'],
  ['{"level":40,"msg":"hm"}', 'stderr', undefined],
  ['{"level":"error","msg":"a fault"}', 'stdout', 'a fault'],
  ['{"level":"fatal","msg":"the end"}', 'stdout', 'the end'],
  ['{"level":"warn","msg":"hm"}', 'stdout', undefined],
  ['plain', 'stdout', undefined],
  ['plain', 'stderr', 'plain'],
  ['', 'stderr', undefined],
  ['    at run (file:///main.js:1:2)', 'stderr', undefined],
  ['Node.js v24.1.0', 'stderr', undefined],
  ['SyntaxError: no such export', 'stderr', 'SyntaxError: no such export'],
  ['x'.repeat(1000), 'stderr', `${'x'.repeat(300)}…`],
] as const)('%s on %s', (line, from, problem) => {
  expect(problemIn(line, from)).toBe(problem);
});
