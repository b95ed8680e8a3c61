import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatVkey, verifierKey } from '@candor/crypto/tlog';
import { keyServiceSettings, openKeyService } from '@candor/key-service';
import { built, freePort, NodeProcess, until } from './node-process.ts';

/** Witnesses as processes of their own, and the policy that asks all of them and needs the others than the first. */
export interface Witnesses {
  /** The anchor log's keys. */
  readonly anchor: readonly string[];
  /** Of the witnesses, in order. */
  readonly vkeys: readonly string[];
  readonly urls: readonly string[];
  readonly policyFile: string;
  stop(): Promise<void>;
}

/** Null for no names; the first is of the operator's own witness. */
export async function startWitnesses(
  dir: string,
  keyring: string,
  operator: string,
  names: readonly string[],
): Promise<Witnesses | null> {
  if (names.length === 0) return null;
  const anchor = await anchorVkeys(keyring, operator);
  const processes: NodeProcess[] = [];
  const urls: string[] = [];
  const vkeys: string[] = [];
  for (const name of names) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const process = new NodeProcess({
      script: built('witness'),
      args: [
        '--data',
        join(dir, `witness-${name}`),
        '--name',
        `${name}.example/w`,
        '--port',
        String(port),
        ...anchor.flatMap((vkey) => ['--log', vkey]),
      ],
      logFile: join(dir, `witness-${name}.log`),
    });
    process.start();
    await until(`the witness ${name} answers`, 120_000, async () => (await fetch(url)).ok);
    processes.push(process);
    urls.push(url);
    vkeys.push((await (await fetch(url)).text()).trim());
  }
  const policyFile = join(dir, 'policy.txt');
  const [, ...others] = names;
  const lines = [
    ...anchor.map((vkey) => `log ${vkey}`),
    ...names.map((name, n) => `witness ${name} ${vkeys[n] ?? ''} ${urls[n] ?? ''}`),
    `group enough all ${(others.length > 0 ? others : names).join(' ')}`,
    'quorum enough',
  ];
  await writeFile(policyFile, `${lines.join('\n')}\n`);
  const stop = async (): Promise<void> => {
    for (const process of processes) await process.end('SIGTERM');
  };
  return { anchor, vkeys, urls, policyFile, stop };
}

async function anchorVkeys(keyring: string, operator: string): Promise<readonly string[]> {
  const service = await openKeyService(keyServiceSettings({ CANDOR_KEYRING_DIR: keyring }));
  try {
    const keys = await service.signingKeys();
    return keys
      .filter(({ algorithm }) => algorithm === 'ed25519')
      .map(({ publicKey }) => formatVkey(verifierKey(`${operator}/anchor`, 'ed25519', publicKey)));
  } finally {
    await service.close();
  }
}
