import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { LogKey } from '@candor/checkpoints';
import { b64, fromB64, leafHash, merkleRoot, SoftwareKey, utf8 } from '@candor/crypto';
import {
  cosigner,
  formatAddCheckpoint,
  formatCheckpoint,
  formatEpoch,
  headDigest,
  type KeyedSigner,
  logSigner,
  parseCheckpoint,
  parseEpoch,
  parseVkey,
  signNote,
  slotLeafWithKey,
  slotPath,
  slotTree,
  splitNote,
} from '@candor/crypto/tlog';
import { keyServiceSettings, openKeyService } from '@candor/key-service';
import { PgVault } from '@candor/vault';
import { headerOf, type Line, sealed } from './lines.ts';
import type { Scene, Tenant } from './scene.ts';

const HASH = 32;

/** An entry line without its index: the entry's bytes in base64, and its fields. */
export interface Entry {
  readonly b: string;
  readonly o: unknown;
}

export const entriesOf = ({ lines }: Tenant): readonly Entry[] =>
  lines.filter(({ t }) => t === 'entry').map(({ b, o }) => ({ b: String(b), o }));

/** A history that never was: other entries, and how many of them each epoch's head has. */
export interface Forgery {
  readonly entries: readonly Entry[];
  /** From the size that the head really had. */
  readonly sizeOf: (size: number) => number;
}

/** A history, with the epochs and the anchor's checkpoint that show it. */
export interface Forged {
  readonly lines: readonly Line[];
  /** The checkpoint of the anchor log over the forged epochs, signed by the anchor's key alone. */
  readonly note: string;
  /** The same, and cosigned by the operator's own witness. */
  readonly ownNote: string;
  /** The same, with the cosignatures of the true one below. */
  readonly pastedNote: string;
}

/**
 * The operator as an adversary who holds everything but the others' witnesses: the key of tenant logs, the anchor's key,
 * every slot's key, and its own witness.
 */
export class Forger {
  private readonly trees = new Map<number, readonly Uint8Array[]>();

  private readonly scene: Scene;
  private readonly logKey: LogKey;
  private readonly anchor: KeyedSigner;
  private readonly own: KeyedSigner;

  private constructor(scene: Scene, logKey: LogKey, anchor: KeyedSigner, own: KeyedSigner) {
    this.scene = scene;
    this.logKey = logKey;
    this.anchor = anchor;
    this.own = own;
  }

  static async open(scene: Scene): Promise<Forger> {
    const { env, witnesses } = scene.system;
    const service = await openKeyService(keyServiceSettings(env));
    const vault = PgVault.open(env['CANDOR_DB_VAULT_URL'] ?? '', service);
    const logKey = await LogKey.fromSeed(await vault.platformSecret('logsign'));
    await vault.close();
    const [key] = (await service.signingKeys()).filter(({ algorithm }) => algorithm === 'ed25519');
    if (key === undefined || witnesses === null) throw new Error('the scene has no anchor');
    const { name } = parseVkey(witnesses.anchor[0] ?? '');
    const sign = (message: Uint8Array): Promise<Uint8Array> => service.sign(key.version, message);
    const anchor = logSigner(name, { publicKey: key.publicKey, sign });
    return new Forger(scene, logKey, anchor, await ownWitness(scene));
  }

  /** Signs, blinds and chains everything anew over another history, as if it had been so from the beginning. */
  async forge(tenant: Tenant, other: Tenant, row: ForgedRow['forge']): Promise<Forged> {
    const { entries, sizeOf } = row(entriesOf(tenant), entriesOf(other));
    const { lines, origin, slot } = tenant;
    const slotKey = fromB64(String(lines[0]?.['slotKey']));
    const leaves = entries.map(({ b }) => leafHash(fromB64(b)));
    const headAt = (size: number) => ({ origin, size, root: merkleRoot(leaves.slice(0, size)) });
    const epochs: Line[] = [];
    const heads: Line[] = [];
    const texts: string[] = [];
    let head: ReturnType<typeof headAt> | undefined;
    for (const line of lines.filter(({ t }) => t === 'epoch')) {
      const epoch = parseEpoch(String(line['text']));
      const shown = lines.find(({ t, e }) => t === 'head' && e === epoch.epoch);
      const note = shown?.['note'];
      if (typeof note === 'string') head = headAt(sizeOf(parseCheckpoint(splitNote(note).text).size));
      const slots = [...(await this.slots(epoch.epoch))];
      if (head !== undefined)
        slots[slot] = slotLeafWithKey(epoch.epoch, slot, slotKey, headDigest(formatCheckpoint(head)));
      const tree = slotTree(slots);
      const text = formatEpoch({ ...epoch, root: tree.at(-1)?.[0] ?? new Uint8Array(HASH) });
      texts.push(text);
      epochs.push({ t: 'epoch', e: epoch.epoch, text });
      if (head === undefined || shown === undefined) continue;
      const same = note === null;
      heads.push({
        t: 'head',
        e: epoch.epoch,
        note: same ? null : await this.logKey.note(origin, head),
        path: slotPath(tree, slot).map(b64),
      });
    }
    const size = entries.length;
    const root = merkleRoot(texts.map((text) => leafHash(utf8(text))));
    const text = formatCheckpoint({ origin: this.anchor.key.name, size: texts.length, root });
    const note = await signNote(text, [this.anchor]);
    const forged = [
      { ...headerOf(lines), size },
      ...epochs,
      ...heads,
      { t: 'checkpoint', note: await this.logKey.note(origin, headAt(size)) },
      ...entries.map(({ b, o }, i) => ({ t: 'entry', i, b, o })),
    ];
    const ownNote = await signNote(text, [this.anchor, this.own]);
    const [, cosignatures = ''] = /\n\n(.*)$/s.exec(trueNote(tenant)) ?? [];
    const others = cosignatures
      .split('\n')
      .filter((line) => line.startsWith('— ') && !line.startsWith(`— ${this.anchor.key.name} `));
    return { lines: forged, note, ownNote, pastedNote: `${note}${others.join('\n')}\n` };
  }

  /** The status with which the others' witness answers to the forged checkpoint of the anchor log. */
  async askOthers({ note }: Forged): Promise<number> {
    const url = this.scene.system.witnesses?.urls[1] ?? '';
    const { size } = parseCheckpoint(splitNote(note).text);
    const body = formatAddCheckpoint({ old: size, proof: [], note });
    return (await fetch(`${url}/add-checkpoint`, { method: 'POST', body })).status;
  }

  /** A policy of somebody who takes the operator's own witness for enough. */
  lenientPolicy(): string {
    const { anchor = [], vkeys = [] } = this.scene.system.witnesses ?? {};
    return `log ${anchor[0] ?? ''}\nwitness own ${vkeys[0] ?? ''}\nquorum own\n`;
  }

  /** The export as it truly was at the first epoch that has the log and a checkpoint cosigned then. */
  async earlier({ lines }: Tenant): Promise<{ text: string; epoch: number; size: number }> {
    const heads = lines.filter(({ t }) => t === 'head');
    const [first] = heads;
    const { size } = parseCheckpoint(splitNote(String(first?.['note'])).text);
    const { epoch, note } = await this.firstNote(heads.map(({ e }) => Number(e)));
    const until = (number: unknown): boolean => Number(number) <= epoch;
    const kept = lines.filter(
      ({ t, e, i }) => ((t === 'epoch' || t === 'head') && until(e)) || (t === 'entry' && Number(i) < size),
    );
    const header = { ...headerOf(lines), size, epochs: [Number(first?.['e']), epoch] };
    return { text: sealed([header, ...kept, { t: 'anchor', note }]), epoch, size };
  }

  /** Of some epochs. One that had its quorum late has none of its own. */
  private async firstNote(epochs: readonly number[]): Promise<{ epoch: number; note: string }> {
    for (const epoch of epochs) {
      const answer = await fetch(new URL(`/v1/anchor/epochs/${epoch}/checkpoint`, this.scene.system.url));
      if (answer.ok) return { epoch, note: await answer.text() };
    }
    throw new Error('no epoch has a checkpoint of its own');
  }

  /** The leaves of an epoch's slots, as they are published. */
  private async slots(epoch: number): Promise<readonly Uint8Array[]> {
    const known = this.trees.get(epoch);
    if (known !== undefined) return known;
    const answer = await fetch(new URL(`/v1/anchor/epochs/${epoch}/slots`, this.scene.system.url));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const leaves = Array.from({ length: bytes.length / HASH }, (_, n) =>
      bytes.subarray(n * HASH, (n + 1) * HASH),
    );
    this.trees.set(epoch, leaves);
    return leaves;
  }
}

/** The anchor's checkpoint in a tenant's export. */
export function trueNote({ lines }: Tenant): string {
  return String(lines.find(({ t }) => t === 'anchor')?.['note']);
}

/** The exports that could show a forged history. */
export function presentations(tenant: Tenant, { lines, note, ownNote, pastedNote }: Forged) {
  const epochs = tenant.lines.filter(({ t }) => t === 'epoch');
  const [, ...rest] = lines.filter(({ t }) => t !== 'epoch');
  const under = (anchor: string): string => sealed([...lines, { t: 'anchor', note: anchor }]);
  return {
    /** Heads and entries alone are forged. */
    underTrueEpochs: sealed([headerOf(lines), ...epochs, ...rest, { t: 'anchor', note: trueNote(tenant) }]),
    alone: under(note),
    cosignedByOwn: under(ownNote),
    cosignaturesPasted: under(pastedNote),
  };
}

async function ownWitness({ dir, system }: Scene): Promise<KeyedSigner> {
  const key = new SoftwareKey('1', 'ed25519', await readFile(join(dir, 'witness-own', 'witness.key')));
  const { name } = parseVkey(system.witnesses?.vkeys[0] ?? '');
  return cosigner(
    name,
    { algorithm: 'ed25519', publicKey: key.publicKey, sign: (message) => Promise.resolve(key.sign(message)) },
    () => Math.floor(Date.now() / 1000),
  );
}

/** The ways in which a history can be another one. */
export interface ForgedRow {
  readonly what: string;
  /** What the verifier says of it under epochs of the operator's own: below `witnessed`, or broken. */
  readonly alone: string;
  /** And beside a checkpoint that was kept from before. */
  readonly kept: string;
  readonly forge: (own: readonly Entry[], others: readonly Entry[]) => Forgery;
}

const AT = 9;
const same = (size: number): number => size;
const at = (entries: readonly Entry[], n: number): Entry => {
  const entry = entries[n];
  if (entry === undefined) throw new Error('there is no such entry');
  return entry;
};
const refused = ({ b, o }: Entry): Entry => {
  const text = Buffer.from(b, 'base64').toString();
  return { b: Buffer.from(text.replace('"outcome":"success"', '"outcome":"refused"')).toString('base64'), o };
};

export const FORGED_ROWS: readonly ForgedRow[] = [
  {
    what: 'another outcome in an entry',
    alone: 'anchored',
    kept: 'broken kept.root',
    forge: (own) => ({ entries: own.with(AT, refused(at(own, AT))), sizeOf: same }),
  },
  {
    what: 'an entry dropped',
    alone: 'anchored',
    kept: 'broken kept.root',
    forge: (own) => ({ entries: own.toSpliced(AT, 1), sizeOf: (size) => (size > AT ? size - 1 : size) }),
  },
  {
    what: 'an entry inserted',
    alone: 'anchored',
    kept: 'broken kept.root',
    forge: (own) => ({
      entries: own.toSpliced(AT, 0, refused(at(own, AT))),
      sizeOf: (size) => (size > AT ? size + 1 : size),
    }),
  },
  {
    what: 'two entries in each other’s place',
    alone: 'anchored',
    kept: 'broken kept.root',
    forge: (own) => ({ entries: own.with(AT, at(own, AT + 1)).with(AT + 1, at(own, AT)), sizeOf: same }),
  },
  {
    what: 'the tail cut off',
    alone: 'anchored',
    kept: 'incomplete head.beyond',
    forge: (own) => ({ entries: own.slice(0, AT), sizeOf: (size) => Math.min(size, AT) }),
  },
  {
    what: 'an entry of another tenant in its place',
    alone: 'broken entry.other-log',
    kept: 'broken entry.other-log',
    forge: (own, others) => ({ entries: own.with(AT, at(others, AT)), sizeOf: same }),
  },
];
