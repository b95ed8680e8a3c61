/** Whether one part answers. */
export type Probe = () => Promise<void>;

export interface ReadinessReport {
  readonly status: 'ok' | 'unavailable';
  readonly parts: Readonly<Record<string, 'ok' | 'unavailable'>>;
}

const PROBE_TIME = 2_000;

/**
 * Asks every part at once, each within two seconds. Says who is away, never why: that is for the log. Anybody may ask, so those
 * who ask meanwhile get the same answer: no more than one question of each part is in the way of tenants.
 */
export class Readiness {
  private asked: Promise<ReadinessReport> | undefined;

  constructor(private readonly probes: Readonly<Record<string, Probe>>) {}

  check(): Promise<ReadinessReport> {
    this.asked ??= this.ask().finally(() => {
      this.asked = undefined;
    });
    return this.asked;
  }

  private async ask(): Promise<ReadinessReport> {
    const parts = Object.fromEntries(
      await Promise.all(
        Object.entries(this.probes).map(async ([part, probe]) => [part, await state(probe)] as const),
      ),
    );
    const status = Object.values(parts).every((part) => part === 'ok') ? 'ok' : 'unavailable';
    return { status, parts };
  }
}

async function state(probe: Probe): Promise<'ok' | 'unavailable'> {
  const { promise, resolve } = Promise.withResolvers<'unavailable'>();
  const timer = setTimeout(resolve, PROBE_TIME, 'unavailable');
  try {
    return await Promise.race([probe().then(() => 'ok' as const), promise]);
  } catch {
    return 'unavailable';
  } finally {
    clearTimeout(timer);
  }
}
