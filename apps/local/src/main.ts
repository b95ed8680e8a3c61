import { once } from 'node:events';
import { SecretFileFault } from '@candor/crypto';
import { type Config, readConfig } from './config.js';
import { openDataDir } from './data-dir.js';
import { requireFreePort } from './ports.js';
import { Problem } from './problem.js';
import { type Secrets, openSecrets } from './secrets.js';
import { Stops } from './stops.js';
import { startSystem } from './system.js';

const say = (line: string) => {
  console.log(line);
};

/** Runs all of Candor on this machine until a signal comes, or a part cannot go on. */
async function run(stops: Stops, failure: PromiseWithResolvers<never>): Promise<never> {
  const config = readConfig(process.env);
  const dir = await openDataDir(config.dataDir);
  stops.push(() => {
    dir.release();
  });
  await requireFreePort(config.host, config.port);
  const secrets = await openSecrets(dir, config.keyService);
  sayOperator(secrets);
  await startSystem({ config, dir, secrets, stops, fail: failure.reject, say });
  sayReady(config);
  return failure.promise;
}

function sayOperator({ newOperatorKey, operatorFile }: Secrets): void {
  if (newOperatorKey === undefined) {
    say(
      `The operator’s credential was shown at the first start; where ${operatorFile} is missing, a start makes a new one.`,
    );
    return;
  }
  say('The operator’s credential, made now and shown only this once:');
  say(`  ${newOperatorKey}`);
}

function sayReady({ url }: Config): void {
  say(`ready ${url}`);
  say('The first call, with the operator’s credential in CANDOR_API_KEY:');
  say(`  curl -H "Authorization: Bearer $CANDOR_API_KEY" ${url}/v1/tenants`);
  say(`Every other call: ${url}/docs`);
}

/** What a person can act on; of a fault of ours undefined, which is shown with where it was. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof Problem || error instanceof SecretFileFault) return error.message;
  // Of the system, as a disk that is full.
  return error instanceof Error && 'syscall' in error ? `Candor cannot go on: ${error.message}.` : undefined;
}

const stops = new Stops();
const failure = Promise.withResolvers<never>();
failure.promise.catch(() => undefined);
const stopped = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
// Several signals are one wish to stop: a terminal and npm may both send one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
try {
  await Promise.race([run(stops, failure), stopped]);
  say('Stopping.');
} catch (error) {
  process.exitCode = 1;
  console.error(sentenceOf(error) ?? error);
}
await stops.run();
process.exit();
