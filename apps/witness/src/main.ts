import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SecretFileFault } from '@candor/crypto';
import { formatVkey, type Verifier, verifierFor } from '@candor/crypto/tlog';
import { type WitnessOptions, witnessOptions } from './arguments.js';
import { WitnessFault } from './fault.js';
import { Heads } from './heads.js';
import { witnessSigner } from './key.js';
import { witnessServer } from './server.js';
import { Witness } from './witness.js';

/** Runs one witness until it is told to stop. */
async function main(options: WitnessOptions): Promise<void> {
  const heads = new Heads(options.data);
  const signer = await witnessSigner(options.data, options.name, () => Math.floor(Date.now() / 1000));
  const vkey = formatVkey(signer.key);
  const witness = new Witness(heads, signer, await verifiersOf(options));
  const server = witnessServer(witness, `${vkey}\n`);
  server.listen({ host: options.host, port: options.port });
  await once(server, 'listening').catch((error: unknown) => {
    throw new WitnessFault(`Nothing can listen on ${options.host}:${options.port} (${codeOf(error)}).`);
  });
  const stop = () => {
    server.close(() => {
      heads.close();
    });
    server.closeAllConnections();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  process.stdout.write(`ready http://${host}:${port} ${vkey}\n`);
}

async function verifiersOf({ logs }: WitnessOptions): Promise<ReadonlyMap<string, readonly Verifier[]>> {
  const verifiers = new Map<string, Verifier[]>();
  for (const key of logs) {
    const verifier = await verifierFor(key);
    if (verifier === undefined) throw new WitnessFault(`The key of ${key.name} is not a key of Ed25519.`);
    verifiers.set(key.name, [...(verifiers.get(key.name) ?? []), verifier]);
  }
  return verifiers;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';

try {
  await main(witnessOptions(process.argv.slice(2)));
} catch (error) {
  const expected = error instanceof WitnessFault || error instanceof SecretFileFault;
  process.stderr.write(`${expected ? error.message : `The witness failed (${codeOf(error)}).`}\n`);
  process.exit(1);
}
