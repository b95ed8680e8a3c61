import type { VaultUse } from '@candor/vault';
import type { Logger } from 'pino';

/** Milliseconds. */
const INTERVAL = 60_000;

/** Writes into the log what the vault was used for, each minute in which that changed. @returns stops it */
export function keepTelling(vault: { use(): VaultUse }, logger: Logger): () => Promise<void> {
  let told = '';
  const timer = setInterval(() => {
    const use = vault.use();
    const text = JSON.stringify(use);
    if (text === told) return;
    told = text;
    logger.info({ use }, 'use of the vault since the start');
  }, INTERVAL).unref();
  return () => {
    clearInterval(timer);
    return Promise.resolve();
  };
}
