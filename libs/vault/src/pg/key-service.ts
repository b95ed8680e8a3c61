import { type KeyService, KeyServiceFault } from '@candor/crypto';
import { VaultUnavailable } from '@candor/event-store';
import { type CallOutcome, type KeyServiceCall, unmetered, type VaultMeter } from '../meter.js';

/** Counted since the process began. */
export interface KeyServiceUse {
  calls: number;
  /** Keys that were wrapped or opened. */
  keys: number;
  /** Calls that failed, for whatever reason. */
  failures: number;
  /** Waited for all calls, in milliseconds. */
  milliseconds: number;
}

/** The key service, counted, with what is worth a retry told as VaultUnavailable. */
export class MeteredKeyService implements KeyService {
  readonly use: KeyServiceUse = { calls: 0, keys: 0, failures: 0, milliseconds: 0 };

  constructor(
    private readonly service: KeyService,
    private readonly meter: VaultMeter = unmetered,
  ) {}

  current(): Promise<number> {
    return this.call('current', 0, () => this.service.current());
  }

  wrap(...args: Parameters<KeyService['wrap']>): ReturnType<KeyService['wrap']> {
    return this.call('wrap', args[1].length, () => this.service.wrap(...args));
  }

  unwrap(...args: Parameters<KeyService['unwrap']>): ReturnType<KeyService['unwrap']> {
    return this.call('unwrap', args[1].length, () => this.service.unwrap(...args));
  }

  private async call<T>(
    operation: KeyServiceCall['operation'],
    keys: number,
    work: () => Promise<T>,
  ): Promise<T> {
    const from = performance.now();
    let outcome: CallOutcome = 'done';
    this.use.calls += 1;
    this.use.keys += keys;
    try {
      return await work();
    } catch (error) {
      this.use.failures += 1;
      outcome = error instanceof KeyServiceFault ? error.reason : 'failed';
      // A generation that is unknown here is one that another process already uses.
      if (
        error instanceof KeyServiceFault &&
        (error.reason === 'unavailable' || error.reason === 'unknown-generation')
      )
        throw new VaultUnavailable('the key service does not answer', { cause: error });
      throw error;
    } finally {
      const milliseconds = performance.now() - from;
      this.use.milliseconds += milliseconds;
      this.meter.keyServiceCall({ operation, outcome, keys, seconds: milliseconds / 1_000 });
    }
  }
}
