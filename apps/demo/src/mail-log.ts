import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = new URL('../../../../../../', import.meta.url);
const importer = fileURLToPath(new URL('apps/import/dist/apps/import/src/main.js', root));
const sample = fileURLToPath(new URL('test/samples/postfix-mail.log', root));

/** Runs the importer on the mail log that ships with the project; gives back what it says at the end. */
export async function importMailLog(url: string, tenant: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [importer, 'postfix', sample, '--tenant', tenant, '--year', '2026'],
    { env: { ...process.env, CANDOR_URL: url } },
  );
  return stdout;
}
