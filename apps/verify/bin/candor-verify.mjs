#!/usr/bin/env node
// Runs what was built. In a fresh clone nothing is yet: then one sentence, and the exit code of a wrong use.
import { existsSync } from 'node:fs';

const main = new URL('../dist/apps/verify/src/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('candor-verify is not built yet: npm run build.');
  process.exitCode = 2;
}
