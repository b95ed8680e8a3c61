import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as vm from 'node:vm';
import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import type * as verifier from '../verify/index.js';
import type * as tlog from './index.js';

const DIST = new URL('../../dist/libs/crypto/src/', import.meta.url);

/**
 * Loads a built module as a browser would: no Buffer, no process, no module but those of the library, and #platform
 * by its default condition.
 */
async function loadWithoutNode(entry: string): Promise<unknown> {
  const { crypto, TextEncoder, TextDecoder, btoa, atob } = globalThis;
  const context = vm.createContext({ crypto, TextEncoder, TextDecoder, btoa, atob });
  const modules = new Map<string, vm.SourceTextModule>();
  const load = (url: URL): vm.SourceTextModule => {
    const known = modules.get(url.href);
    if (known !== undefined) return known;
    const module = new vm.SourceTextModule(readFileSync(fileURLToPath(url), 'utf8'), {
      context,
      identifier: url.href,
    });
    modules.set(url.href, module);
    return module;
  };
  const main = load(new URL(entry, DIST));
  await main.link((specifier, from) => {
    if (specifier === '#platform') return load(new URL('platform/web.js', DIST));
    if (!specifier.startsWith('.')) throw new Error(`a browser has no ${specifier}`);
    return load(new URL(specifier, from.identifier));
  });
  await main.evaluate();
  return main.namespace;
}

test('the built library opens the worked note and proves a leaf where there is no Node', async () => {
  const { note, origin, vkeys, entries } = readGolden('log-v1/note.json') as {
    note: string;
    origin: string;
    vkeys: string[];
    entries: string[];
  };
  const built = (await loadWithoutNode('tlog/index.js')) as typeof tlog;
  const verifiers = await Promise.all(vkeys.map((vkey) => built.verifierFor(built.parseVkey(vkey))));
  const known = verifiers.filter((verifier) => verifier !== undefined);
  const { checkpoint, verified } = await built.openCheckpoint(note, origin, known);
  expect(verified).toHaveLength(2);
  const leaves = entries.map((entry) => built.leafHash(new TextEncoder().encode(entry)));
  const hashesAt: tlog.HashesAt = (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) =>
        built.merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      ),
    );
  const proof = await built.inclusionProof(3, 5, hashesAt);
  built.verifyInclusion(3, 5, leaves[3] ?? built.EMPTY_ROOT, proof, checkpoint.root);
  expect(() => {
    built.verifyInclusion(2, 5, leaves[3] ?? built.EMPTY_ROOT, proof, checkpoint.root);
  }).toThrow('proof.root');
});

test('a module of Node is not there for what is loaded so', async () => {
  await expect(loadWithoutNode('index.js')).rejects.toThrow('a browser has no node:');
});

test('the built verifier gives its verdict over a bundle where there is no Node', async () => {
  const { trust, bundle } = readGolden('log-v1/bundle.json') as {
    trust: { origin: string; logKeys: string[]; policy: string };
    bundle: string;
  };
  const verify = (await loadWithoutNode('verify/index.js')) as typeof verifier;
  const built = (await loadWithoutNode('tlog/index.js')) as typeof tlog;
  const logKeys = trust.logKeys.map((vkey) => built.parseVkey(vkey));
  const policy = built.parsePolicy(trust.policy);
  const known = { origin: trust.origin, logKeys, policy, operatorKeys: [] };
  const { verdict, findings } = await verify.verifyBundle(bundle, known);
  expect([verdict, findings]).toEqual(['witnessed', []]);
});
