import { HttpClient } from '../harness/http-client.ts';
import { FORGED_ROWS, type Forger } from './forge.ts';
import type { Scene } from './scene.ts';

/** A checkpoint shown after the one that was kept, with what should prove that it continues it. */
export interface CheckpointRow {
  readonly what: string;
  readonly shown: string;
  /** A base64 hash a line. */
  readonly proof: string;
  readonly said: string;
}

export async function checkpointRows(scene: Scene, forger: Forger): Promise<readonly CheckpointRow[]> {
  const [one, two] = scene.tenants;
  const noteIn = (lines: typeof one.lines): string =>
    String(lines.find(({ t }) => t === 'checkpoint')?.['note']);
  const [now, others] = [noteIn(one.lines), noteIn(two.lines)];
  const proof = await consistency(scene, one.id);
  const forged = async (what: string): Promise<string> => {
    const row = FORGED_ROWS.find((other) => other.what === what);
    if (row === undefined) throw new Error(`there is no row ${what}`);
    return noteIn((await forger.forge(one, two, row.forge)).lines);
  };
  return [
    { what: 'the truth', shown: now, proof, said: 'checkpointed' },
    {
      what: 'a hash of the proof changed',
      shown: now,
      proof: bit(proof, 0),
      said: 'incomplete kept.unjoined',
    },
    {
      what: 'a hash of the proof dropped',
      shown: now,
      proof: proof.slice(45),
      said: 'incomplete kept.unjoined',
    },
    {
      what: 'a bit of the root',
      shown: bit(now, now.indexOf('\n25\n') + 6),
      proof,
      said: 'broken note.signature',
    },
    { what: 'a bit of the signature', shown: bit(now, now.length - 9), proof, said: 'broken note.signature' },
    { what: 'the head of another tenant', shown: others, proof, said: 'broken note.unsigned' },
    {
      what: 'a signed fork',
      shown: await forged('another outcome in an entry'),
      proof,
      said: 'incomplete kept.unjoined',
    },
    {
      what: 'a signed fork that is shorter',
      shown: await forged('the tail cut off'),
      proof: '',
      said: 'incomplete kept.size',
    },
  ];
}

async function consistency(scene: Scene, tenant: string): Promise<string> {
  const { body } = await new HttpClient(scene.system).send(
    'GET',
    `/v1/tenants/${tenant}/log/consistency?from=13&to=25`,
  );
  return String(body['text']);
}

function bit(text: string, at: number): string {
  const bytes = Buffer.from(text);
  // Another letter of the alphabet.
  bytes[at] = bytes[at] === 65 ? 66 : 65;
  return bytes.toString();
}
