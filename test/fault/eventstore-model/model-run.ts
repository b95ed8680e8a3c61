import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import fc from 'fast-check';
import { Model } from './model.ts';
import { operations, type Operation } from './operations.ts';
import { Player } from './player.ts';
import type { World } from './world.ts';

export interface ModelReport {
  readonly server: string;
  readonly sequences: number;
  readonly operations: Readonly<Partial<Record<Operation['op'], number>>>;
  /** Events that the model held at the end. */
  readonly events: number;
  readonly seed: number;
  /** The shortest sequence found on which server and model differ. */
  readonly fault: string | undefined;
}

/**
 * Plays random sequences through the stock client against a server and against the model, under names of its own.
 * @param options url: of the server; exclusive: whether it holds nothing but what this run writes
 */
export async function playModel(options: {
  readonly url: string;
  readonly exclusive: boolean;
  readonly sequences: number;
  readonly seed?: number;
  /** When to stop, also while looking for a shorter sequence than one that was found. */
  readonly withinMs: number;
}): Promise<ModelReport> {
  const client = EventStoreDBClient.connectionString(options.url);
  const newWorld = (exclusive: boolean): World => {
    return { client, model: new Model(), prefix: `model-${randomUUID()}-`, exclusive };
  };
  let world = newWorld(options.exclusive);
  const counts: Partial<Record<Operation['op'], number>> = {};
  let sequences = 0;
  const until = Date.now() + options.withinMs;
  const property = fc.asyncProperty(operations, async (sequence) => {
    if (Date.now() > until) return;
    for (const { op } of sequence) counts[op] = (counts[op] ?? 0) + 1;
    try {
      await new Player(world, (sequences += 1)).play(sequence);
    } catch (error) {
      // What the server now holds is not what the model holds: shorter sequences begin anew.
      world = newWorld(false);
      throw error;
    }
  });
  const seed = options.seed ?? Date.now() % 2 ** 31;
  const result = await fc.check(property, { numRuns: options.sequences, seed });
  await client.dispose();
  return {
    server: options.exclusive ? 'embedded' : 'EVENTSTORE_URL',
    sequences,
    operations: counts,
    events: world.model.all.length,
    seed,
    fault: result.failed ? fc.defaultReportMessage(result) : undefined,
  };
}
