import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { NotSet } from '../config.js';

/**
 * Adds the settings of the system that `npm start` runs in this folder, where the environment holds none: so that its
 * views can be looked at without copying URLs.
 */
export function loadLocalEnvironment(environment: NodeJS.ProcessEnv): void {
  if (environment['EVENTSTORE_URL'] !== undefined) return;
  const file = join(dataFolder(environment), 'secrets', 'environment');
  if (!existsSync(file)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8'))))
    environment[name] ??= value;
}

/** What to say of a setting that nobody has made: whoever set none most often thinks that a system runs here. */
export function notSet({ variable }: NotSet, environment: NodeJS.ProcessEnv): string {
  if (environment['EVENTSTORE_URL'] !== undefined) return `${variable} is not set.`;
  return `${variable} is not set, and no Candor runs with the data folder ${dataFolder(environment)}.`;
}

const dataFolder = (environment: NodeJS.ProcessEnv): string => environment['CANDOR_DATA_DIR'] ?? '.candor';
