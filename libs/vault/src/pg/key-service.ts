import { type KeyService, KeyServiceFault } from '@candor/crypto';
import { VaultUnavailable } from '@candor/event-store';

/** The key service, with what is worth a retry told as VaultUnavailable. */
export function retryable(service: KeyService): KeyService {
  return {
    current: () => guard(() => service.current()),
    wrap: (...args) => guard(() => service.wrap(...args)),
    unwrap: (...args) => guard(() => service.unwrap(...args)),
  };
}

async function guard<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    // A generation that is unknown here is one that another process already uses.
    if (
      error instanceof KeyServiceFault &&
      (error.reason === 'unavailable' || error.reason === 'unknown-generation')
    )
      throw new VaultUnavailable('the key service does not answer', { cause: error });
    throw error;
  }
}
