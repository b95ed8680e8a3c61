import type { KeyServiceCall, VaultMeter, VaultUse } from '@candor/vault';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. A keyring answers in less than a millisecond, a key service far away in tens or hundreds. */
const CALL_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const OPERATIONS = ['current', 'wrap', 'unwrap'] as const satisfies readonly KeyServiceCall['operation'][];
const OUTCOMES = Object.keys({
  done: true,
  unavailable: true,
  refused: true,
  'bad-request': true,
  'unknown-generation': true,
  'unknown-version': true,
  failed: true,
} satisfies Record<KeyServiceCall['outcome'], true>);
/** Keys of one statement. */
const BATCH_KEYS = [1, 2, 5, 10, 50, 100, 500, 1_000, 2_000];

/**
 * What one process tells about itself, in Prometheus' words. A label has one of few fixed values: never an id, a tenant or
 * anything of a person.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly calls = new Histogram({
    name: 'candor_key_service_call_seconds',
    help: 'Calls to the key service, by operation and how they ended',
    labelNames: ['operation', 'outcome'],
    buckets: CALL_SECONDS,
    registers: [this.registry],
  });
  private readonly wrapped = new Counter({
    name: 'candor_key_service_keys_total',
    help: 'Keys that the key service was asked to wrap or open',
    labelNames: ['operation'],
    registers: [this.registry],
  });
  private readonly keys = new Counter({
    name: 'candor_vault_data_keys_total',
    help: 'Data keys that sealing found in the vault, and made there',
    labelNames: ['how'],
    registers: [this.registry],
  });
  private readonly batches = new Histogram({
    name: 'candor_vault_data_keys_batch',
    help: 'Data keys that one statement found or made',
    buckets: BATCH_KEYS,
    registers: [this.registry],
  });
  private readonly lost = new Counter({
    name: 'candor_vault_lost_keys_total',
    help: 'How often a key was asked for that the log names and the vault has lost: an alarm',
    registers: [this.registry],
  });

  private readonly unreached = new Counter({
    name: 'candor_erasure_sinks_unreached_total',
    help: 'Sinks that had not fetched an order when its receipt was written: an alarm',
    registers: [this.registry],
  });
  private readonly troubles = new Counter({
    name: 'candor_erasure_troubles_total',
    help: 'How often an erasure, or a look at terms, could not be carried on and was left for later',
    registers: [this.registry],
  });

  private readonly unfinished = new Gauge({
    name: 'candor_erasures_unfinished',
    help: 'Erasures and lapses that are confirmed or ordered and have no receipt, as last seen by who carries them out',
    registers: [this.registry],
  });
  private readonly oldest = new Gauge({
    name: 'candor_erasure_oldest_seconds',
    help: 'How long the oldest of them has waited; 0 where there is none',
    registers: [this.registry],
  });
  private readonly due = new Gauge({
    name: 'candor_lapses_due',
    help: 'Terms and contracts that had ended at the last look and are not ordered to lapse, most of them under a hold',
    registers: [this.registry],
  });
  private readonly lookedAt = new Gauge({
    name: 'candor_lapses_looked_at_seconds',
    help: 'When all that is due was last looked at, seconds since 1970; 0 where this process never did',
    registers: [this.registry],
  });

  /** To be given to whoever carries erasures out. */
  readonly erasureMeter = {
    unfinished: (count: number, oldestSeconds: number): void => {
      this.unfinished.set(count);
      this.oldest.set(oldestSeconds);
    },
    lapses: (due: number, at: number): void => {
      this.due.set(due);
      this.lookedAt.set(Math.floor(at / 1_000));
    },
    unreached: (sinks: number): void => {
      this.unreached.inc(sinks);
    },
    trouble: (): void => {
      this.troubles.inc();
    },
  };

  /** To be given to the vault. */
  readonly vaultMeter: VaultMeter = {
    keyServiceCall: ({ operation, outcome, keys, seconds }: KeyServiceCall) => {
      this.calls.observe({ operation, outcome }, seconds);
      this.wrapped.inc({ operation }, keys);
    },
    dataKeys: ({ found, made }) => {
      this.keys.inc({ how: 'found' }, found);
      this.keys.inc({ how: 'made' }, made);
      this.batches.observe(found + made);
    },
    keyLost: () => {
      this.lost.inc();
    },
  };

  constructor() {
    // From the start, so that nothing is not taken for no answer.
    for (const how of ['found', 'made']) this.keys.inc({ how }, 0);
    // A line that begins with its first fault has not grown: an alert that waits for growth would miss that one.
    for (const operation of OPERATIONS)
      for (const outcome of OUTCOMES) this.calls.zero({ operation, outcome });
  }

  /** Also tells of the process itself: memory, processor, event loop. */
  withProcess(): this {
    collectDefaultMetrics({ register: this.registry });
    return this;
  }

  /** Tells what the vault counts by itself. */
  watch(vault: { use(): VaultUse }): void {
    const { registry } = this;
    for (const [count, help] of [
      ['hits', 'What was found in a cache of the vault'],
      ['misses', 'What was not'],
      ['evictions', 'What a cache gave up for something newer'],
    ] as const)
      new Counter({
        name: `candor_vault_cache_${count}_total`,
        help,
        labelNames: ['cache'],
        registers: [registry],
        collect() {
          this.reset();
          for (const [cache, use] of Object.entries(vault.use().caches)) this.inc({ cache }, use[count]);
        },
      });
    new Gauge({
      name: 'candor_vault_cache_entries',
      help: 'What a cache holds',
      labelNames: ['cache'],
      registers: [registry],
      collect() {
        for (const [cache, use] of Object.entries(vault.use().caches)) this.set({ cache }, use.size);
      },
    });
    new Gauge({
      name: 'candor_vault_turns',
      help: 'Orders and holds that have their turn in this process, or wait for it',
      registers: [registry],
      collect() {
        this.set(vault.use().turns);
      },
    });
    new Gauge({
      name: 'candor_vault_erasure_orders',
      help: 'Orders of erasure that the vault has carried out, as far as this process has seen',
      registers: [registry],
      collect() {
        this.set(vault.use().orders);
      },
    });
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
