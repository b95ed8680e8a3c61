import { createHash } from 'node:crypto';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Account, mayPass } from './account.js';

export interface Place {
  /** Where the cluster stands; the server's account owns it. */
  readonly cluster: string;
  /** Where a copy of the programs may go. */
  readonly spare: string;
}

/** Below it, root's cluster goes when the wanted place is closed to others. Not a temporary folder: those are tidied away. */
const OPEN_PLACE = '/var/lib/candor';

/** Makes the cluster's folder, mode 0700, where the server's account can reach it. */
export async function placeFor(
  wanted: string,
  account: Account | undefined,
  say: (line: string) => void,
): Promise<Place> {
  if (account === undefined) {
    await mkdir(wanted, { recursive: true, mode: 0o700 });
    return { cluster: wanted, spare: dirname(wanted) };
  }
  const parent = dirname(wanted);
  await mkdir(parent, { recursive: true });
  const reachable = await mayPass(account, parent);
  const cluster = reachable ? wanted : join(OPEN_PLACE, nameFor(wanted));
  if (!reachable)
    say(`PostgreSQL runs as ${account.name}, which may not enter ${parent}: its data is in ${cluster}.`);
  await mkdir(dirname(cluster), { recursive: true });
  // Others pass through the open place whatever the umask says; the cluster itself is nobody else's.
  if (!reachable) await chmod(OPEN_PLACE, 0o755);
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  await chown(cluster, account.uid, account.gid);
  return { cluster, spare: OPEN_PLACE };
}

function nameFor(wanted: string): string {
  return createHash('sha256').update(wanted).digest('hex').slice(0, 16);
}
