import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { fromHex, hex, utf8 } from '../encoding.js';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.js';
import { merkleRoot } from './frontier.js';
import { EMPTY_ROOT, leafHash } from './hashes.js';
import { addSignatures, openNote, signatureOf, signNote, splitNote, type Verifier } from './note.js';
import { cosigner, logSigner, verifierFor } from './signature.js';
import { formatVkey, parseVkey } from './vkey.js';
import { ed25519FromSeed } from './webcrypto.js';

interface Golden {
  readonly seeds: { readonly log: string; readonly witness: string };
  readonly origin: string;
  readonly witness: string;
  readonly time: number;
  readonly vkeys: readonly [string, string];
  readonly entries: readonly string[];
  readonly text: string;
  readonly note: string;
  readonly accepted: readonly {
    note: string;
    vkeys: string[];
    signed: string;
    text: string;
    verified: [string, number | null][];
  }[];
  readonly refused: readonly { note: string; vkeys: string[]; signed: string; code: string }[];
  readonly badVkeys: readonly { vkey: string; code: string }[];
  readonly badCheckpoints: readonly { text: string; code: string }[];
}
interface MlDsa {
  readonly vkey: string;
  readonly logVkey: string;
  readonly origin: string;
  readonly time: number;
  readonly message: string;
  readonly text: string;
  readonly note: string;
}
const golden = readGolden('log-v1/note.json') as Golden;
const mldsa = readGolden('log-v1/mldsa.json') as MlDsa;

async function verifiers(vkeys: readonly string[]): Promise<Verifier[]> {
  const all = await Promise.all(vkeys.map((vkey) => verifierFor(parseVkey(vkey))));
  return all.filter((verifier) => verifier !== undefined);
}

test('the worked vector, as it was published', () => {
  expect(golden.vkeys).toEqual([
    'audit.example.com/t/k3v9+5de4fb4a+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c',
    'witness.example.org/w1+6d7ef907+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU',
  ]);
  expect(golden.note).toBe(
    'audit.example.com/t/k3v9\n5\nC3TUMA55gFbNSHKLT7AenxWtPgp5UPvFiXT/Z1MnHSQ=\n\n' +
      '\u2014 audit.example.com/t/k3v9 XeT7SsqlWsQeqJZi1vZVz0umIcHLenewcGBQMSbZKpljVwXS1UQLlKjMecb22PNhbNU2QYd8O+TQ9wrkWhticjr2HgQ=\n' +
      '\u2014 witness.example.org/w1 bX75BwAAAABrSdIAm1/nQSHLVL5KuVAoExoNy3xGYZ8wShJoSpVp0cVJP+83fIzL7MvzANlgtelNSt0LpHw6ytFwmfiD7bLwnHqaAg==\n',
  );
});

test('a log and a witness sign what the second implementation signed', async () => {
  const log = logSigner(golden.origin, await ed25519FromSeed(fromHex(golden.seeds.log)));
  const seed = await ed25519FromSeed(fromHex(golden.seeds.witness));
  const witness = cosigner(golden.witness, { algorithm: 'ed25519', ...seed }, () => golden.time);
  const root = merkleRoot(golden.entries.map((entry) => leafHash(utf8(entry))));
  const text = formatCheckpoint({ origin: golden.origin, size: 5, root });
  expect(text).toBe(golden.text);
  expect([formatVkey(log.key), formatVkey(witness.key)]).toEqual(golden.vkeys);
  const signed = await signNote(text, [log]);
  expect(addSignatures(signed, [await signatureOf(text, witness)])).toBe(golden.note);
  const opened = await openCheckpoint(golden.note, golden.origin, await verifiers(golden.vkeys));
  expect(opened.checkpoint).toMatchObject({ origin: golden.origin, size: 5 });
  expect(opened.verified.map(({ time }) => time)).toEqual([null, golden.time]);
});

test.each(golden.accepted)('opens: $note', async ({ vkeys, signed, text, verified }) => {
  const opened = await openNote(signed, await verifiers(vkeys));
  expect(opened.text).toBe(text);
  expect(opened.verified.map(({ name, time }) => [name, time])).toEqual(verified);
});

test.each(golden.refused)('refuses: $note', async ({ vkeys, signed, code }) => {
  await expect(openNote(signed, await verifiers(vkeys))).rejects.toMatchObject({ code });
});

test('every changed character is refused or was no part of what is signed by a known key', async () => {
  const known = await verifiers(golden.vkeys);
  for (let at = 0; at < golden.note.length; at++) {
    const changed =
      golden.note.slice(0, at) + (golden.note[at] === 'A' ? 'B' : 'A') + golden.note.slice(at + 1);
    const opened = await openNote(changed, known).catch(() => undefined);
    // A changed name or key id makes the line one of an unknown key: less is verified, the text is the same.
    if (opened !== undefined) {
      expect(opened.text).toBe(golden.text);
      expect(opened.verified).toHaveLength(1);
    }
  }
});

test('a text that no note may have is not signed', async () => {
  for (const text of ['', 'a', '\n', 'a\r\n', 'a\u0000\n', '\ud800\n', 'a\u007f\n']) {
    await expect(signNote(text, [])).rejects.toMatchObject({ code: 'note.malformed' });
  }
  await expect(signNote(`${'a'.repeat(300_000)}\n`, [])).rejects.toMatchObject({ code: 'note.too-large' });
  expect(() => splitNote('a'.repeat(300_001))).toThrow('note.too-large');
});

test('two verifiers of one name and id are a mistake of the caller', async () => {
  const known = await verifiers(golden.vkeys);
  await expect(openNote(golden.note, [...known, ...known])).rejects.toMatchObject({ code: 'note.keys' });
});

test.each(golden.badVkeys)('no verifier key ($code): $vkey', ({ vkey, code }) => {
  expect(() => parseVkey(vkey)).toThrow(expect.objectContaining({ code }));
});

test.each(golden.badCheckpoints)('no checkpoint ($code): $text', ({ text, code }) => {
  expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code }));
});

test('a checkpoint of another log is refused', async () => {
  const known = await verifiers(golden.vkeys);
  await expect(openCheckpoint(golden.note, 'audit.example.com/t/other', known)).rejects.toMatchObject({
    code: 'checkpoint.origin',
  });
});

test('an ML-DSA-44 line of the second implementation verifies, and is passed over where its key is not known', async () => {
  const opened = await openNote(mldsa.note, await verifiers([mldsa.logVkey, mldsa.vkey]));
  expect(opened.text).toBe(mldsa.text);
  expect(opened.verified.map(({ type, time }) => [type, time])).toEqual([
    ['ed25519', null],
    ['ml-dsa-44-cosignature', mldsa.time],
  ]);
  expect((await openNote(mldsa.note, await verifiers([mldsa.logVkey]))).verified).toHaveLength(1);
  const later = withTimeByte(mldsa.note, 7);
  await expect(openNote(later, await verifiers([mldsa.vkey]))).rejects.toMatchObject({
    code: 'note.signature',
  });
});

test('what ML-DSA-44 signs names the cosigner, the time, the log, its size and its root', async () => {
  const seen: string[] = [];
  const { publicKey } = parseVkey(mldsa.vkey);
  const sign = (message: Uint8Array): Promise<Uint8Array> => {
    seen.push(hex(message));
    return Promise.resolve(new Uint8Array(2420));
  };
  const signer = cosigner(mldsa.origin, { algorithm: 'ml-dsa-44', publicKey, sign }, () => mldsa.time);
  await signer.sign(mldsa.text);
  expect(seen).toEqual([mldsa.message]);
});

test('a time that no clock shows does not verify', async () => {
  const known = await verifiers(golden.vkeys);
  await expect(openNote(withTimeByte(golden.note, 0), known)).rejects.toMatchObject({
    code: 'note.signature',
  });
});

/** The note with one byte of the time changed in its second line. */
function withTimeByte(note: string, at: number): string {
  const { text, signatures } = splitNote(note);
  const changed = signatures.map((signature, i) => {
    const payload = new Uint8Array(signature.payload);
    if (i === 1) payload[at] = (payload[at] ?? 0) ^ 0x7f;
    return { ...signature, payload };
  });
  return addSignatures(`${text}\n`, changed);
}

test('a checkpoint of one log under the name of another, by a key of both', async () => {
  const access = await ed25519FromSeed(new Uint8Array(32).fill(1));
  const [one, other] = ['a.example/t', 'b.example/t'];
  const text = formatCheckpoint({ origin: other, size: 0, root: EMPTY_ROOT });
  const signer = logSigner(one, access);
  const verifier = await verifierFor(signer.key);
  const note = await signNote(text, [signer]);
  const verifiers = verifier === undefined ? [] : [verifier];
  await expect(openCheckpoint(note, one, verifiers)).rejects.toMatchObject({ code: 'checkpoint.origin' });
});

test('a checkpoint ends with its root', () => {
  const text = formatCheckpoint({ origin: 'a.example', size: 0, root: EMPTY_ROOT });
  expect(parseCheckpoint(text).size).toBe(0);
  for (const more of ['\n', '\nx\n', ' ', 'x'])
    expect(() => parseCheckpoint(text + more)).toThrow('checkpoint.malformed');
});
