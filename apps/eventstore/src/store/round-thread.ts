import { setTimeout as rest } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from './database.js';
import { NodeFailure, reasonOf } from './failures.js';
import { streamKey } from './known-streams.js';
import type { FromRounds, RoundSetup, ToRounds } from './round-messages.js';
import { proofRound, type Lasts } from './round.js';

const KEY_BYTES = 8;
const { directory, secret } = workerData as RoundSetup;
const database = openForReading(directory);

function say(message: FromRounds, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function sayEvents(pageLasts: Lasts, position: number): void {
  const keys = new Uint8Array(pageLasts.size * KEY_BYTES);
  const lasts = Float64Array.from(pageLasts.values());
  let at = 0;
  for (const stream of pageLasts.keys()) {
    keys.set(streamKey(secret, stream).subarray(0, KEY_BYTES), at);
    at += KEY_BYTES;
  }
  say({ kind: 'events', keys, lasts, position }, [keys.buffer, lasts.buffer]);
}

async function prove({ acknowledged, rest: share }: ToRounds): Promise<void> {
  const round = proofRound(database, acknowledged);
  for (let indexes = false; ;) {
    const from = performance.now();
    const page = round.next();
    if (page.done === true) {
      say({ kind: 'proven', position: page.value.position });
      return;
    }
    const { lasts, position } = page.value;
    if (lasts !== undefined) sayEvents(lasts, position);
    else if (!indexes) say({ kind: 'indexes' });
    indexes = lasts === undefined;
    await rest((performance.now() - from) * share);
  }
}

parentPort?.on('message', (message: ToRounds) => {
  prove(message).catch((error: unknown) => {
    const failure =
      error instanceof NodeFailure ? error.message : `The event log cannot be read: ${reasonOf(error)}.`;
    say({ kind: 'failed', failure });
  });
});
