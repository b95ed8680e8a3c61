import { parseArgs } from 'node:util';
import { type VerifierKey, parseVkey } from '@candor/crypto/tlog';
import { WitnessFault } from './fault.js';

export interface WitnessOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly data: string;
  /** The witness's name, in the lines it signs. */
  readonly name: string;
  /** The keys that sign the checkpoints of the logs it watches; of one log there may be several. */
  readonly logs: readonly VerifierKey[];
}

const USAGE =
  'Usage: npm run witness -- --data DIR --name NAME --log VKEY [--log VKEY …] [--host 127.0.0.1] [--port 2120]';

/** @throws WitnessFault with one sentence for the person who typed it */
export function witnessOptions(args: readonly string[]): WitnessOptions {
  const { host, port, data, name, log } = parse(args);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new WitnessFault(`--port is a number from 0 to 65535, not ${port}.`);
  if (data === undefined || data === '')
    throw new WitnessFault(`--data names the witness’s folder. ${USAGE}`);
  if (name === undefined || name === '')
    throw new WitnessFault(`--name is what the witness signs as. ${USAGE}`);
  if (log.length === 0) throw new WitnessFault(`--log gives the key of a log to watch. ${USAGE}`);
  const logs = log.map(keyFrom);
  return { host, port: Number(port), data, name, logs };
}

function keyFrom(text: string): VerifierKey {
  try {
    const key = parseVkey(text);
    if (key.type === 'ed25519') return key;
  } catch {
    // Said below.
  }
  throw new WitnessFault(`--log is the verification key of a log (name+id+key, Ed25519), not ${text}.`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '2120' },
        data: { type: 'string' },
        name: { type: 'string' },
        log: { type: 'string', multiple: true, default: [] },
      },
    });
    return values;
  } catch (error) {
    throw new WitnessFault(`${error instanceof Error ? error.message : String(error)} ${USAGE}`);
  }
}
