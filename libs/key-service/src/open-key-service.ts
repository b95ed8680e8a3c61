import { type KeyAdministration, type KeyService, LocalKeyring, type SigningService } from '@candor/crypto';
import type { KeyServiceSettings } from './settings.js';

/** Everything a key service does. Processes take the part they need. */
export interface OpenKeyService extends KeyService, SigningService, KeyAdministration {
  /** Lets go of its connections. */
  close(): Promise<void>;
}

/**
 * The key service of this process. Google's is not contacted before the first call.
 * @throws SecretFileFault when the keyring is missing, open to others or damaged
 */
export async function openKeyService(settings: KeyServiceSettings): Promise<OpenKeyService> {
  if (settings.kind === 'keyring') return Object.assign(await LocalKeyring.open(settings.file), { close });
  // Loaded only where it is used: it takes time and memory.
  const { GoogleKeyService } = await import('./google/google-key-service.js');
  return new GoogleKeyService(settings);
}

const close = () => Promise.resolve();
