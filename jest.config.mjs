import { readFileSync } from 'node:fs';

// The build leaves specs out; the runner must not.
const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
delete swc.exclude;

/** One runner for every spec: unit specs beside the code, whole-system specs under test/. */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['candor-source', 'node', 'node-addons'] },
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/dist/', '/node_modules/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/(?!node_modules/).*)\\.js$': '$1',
    '^fast-check$': '<rootDir>/scripts/seeded-fast-check.mjs',
  },
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  transformIgnorePatterns: ['/node_modules/'],
  // What a spec waits for comes, or never does: this is for the latter.
  testTimeout: 180_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/scripts/jest-closing-line.mjs'],
};
