import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/**
 * Adds the settings of the system that `npm start` runs in this folder, where the environment holds none: so that its
 * views can be looked at without copying URLs.
 */
export function loadLocalEnvironment(environment: NodeJS.ProcessEnv): void {
  if (environment['EVENTSTORE_URL'] !== undefined) return;
  const file = join(environment['CANDOR_DATA_DIR'] ?? '.candor', 'secrets', 'environment');
  if (!existsSync(file)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8'))))
    environment[name] ??= value;
}
