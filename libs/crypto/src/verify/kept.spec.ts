import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { b64, fromB64, utf8 } from '../encoding.js';
import { formatCheckpoint } from '../tlog/checkpoint.js';
import { merkleRoot } from '../tlog/frontier.js';
import { leafHash } from '../tlog/hashes.js';
import { signNote } from '../tlog/note.js';
import { consistencyProof } from '../tlog/proof-nodes.js';
import { logSigner } from '../tlog/signature.js';
import { ed25519FromSeed } from '../tlog/webcrypto.js';
import { verifyKept } from './kept.js';
import { type GoldenTrust, trustOf } from './spec-kit.js';
import { verifyBundle } from './verify-bundle.js';

const golden = readGolden('log-v1/bundle.json') as { trust: GoldenTrust; bundle: string };
const trust = trustOf(golden.trust);
const log = logSigner(trust.origin, await ed25519FromSeed(new Uint8Array(32).fill(1)));
const leaves = Array.from({ length: 9 }, (_, i) => leafHash(utf8(`${i}`)));
const other = leaves.with(1, leafHash(utf8('other')));

function note(size: number, all = leaves): Promise<string> {
  return signNote(formatCheckpoint({ origin: trust.origin, size, root: merkleRoot(all.slice(0, size)) }), [
    log,
  ]);
}

async function proof(from: number, to: number, all = leaves): Promise<string> {
  const hashes = await consistencyProof(from, to, (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => merkleRoot(all.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    ),
  );
  return hashes.map((hash) => `${b64(hash)}\n`).join('');
}

async function codes(old: string, later: string, text: string): Promise<readonly string[]> {
  const { verdict, findings } = await verifyKept(old, later, text, trust);
  return [verdict, ...findings.map(({ code }) => code)];
}

test('a kept checkpoint is the beginning of a later one, or it is found', async () => {
  const [at5, at9, fork] = [await note(5), await note(9), await note(9, other)];
  expect(await codes(at5, at9, await proof(5, 9))).toEqual(['checkpointed']);
  expect(await codes(at5, at5, '')).toEqual(['checkpointed']);
  expect(await codes(await note(0), at9, '')).toEqual(['checkpointed']);
  expect(await codes(at9, fork, '')).toEqual(['broken', 'kept.root']);
  expect(await codes(at5, fork, await proof(5, 9, other))).toEqual(['broken', 'kept.root']);
  expect(await codes(at5, at9.replace('\n9\n', '\n8\n'), '')).toEqual(['broken', 'note.signature']);
});

test('a wrong proof, or the two in the wrong order, accuse nobody', async () => {
  const [at5, at9] = [await note(5), await note(9)];
  expect(await codes(at9, at5, '')).toEqual(['incomplete', 'kept.size']);
  for (const text of ['', 'x\n', `${b64(fromB64(''))}\n`.repeat(65), await proof(5, 9, other)])
    expect(await codes(at5, at9, text)).toEqual(['incomplete', 'kept.unjoined']);
});

test('what should be a list is one', async () => {
  const bundle = golden.bundle.replace(/"openings":\[.*\],"log"/, '"openings":{},"log"');
  expect((await verifyBundle(bundle, trust)).findings.map(({ code }) => code)).toEqual(['json.members']);
});
