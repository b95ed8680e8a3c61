import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable } from '../event-log.js';
import { anEvent, newStream } from '../contract/contract-kit.js';
import { connectEventStore } from '../esdb/connect.js';
import { NodeProcess } from './node-process.js';

/*
 * A process of its own, because what is tested is that it lives: many appends to a store that stops reading and then
 * dies. Ends with 0 when every one of them was answered.
 */
const node = new NodeProcess();
const log = connectEventStore(await node.start());
await log.append(newStream(), 'no-stream', [anEvent()]);
await node.kill('SIGSTOP');
const appends = Array.from({ length: 2_000 }, () =>
  log.append(newStream(), 'no-stream', [anEvent('contract.big', new Uint8Array(8_000))]).then(
    () => 'stored',
    (error: unknown) => (error instanceof LogUnavailable ? 'unavailable' : 'something else'),
  ),
);
await sleep(500);
await node.kill();
const answers = new Set(await Promise.all(appends));
await log.close();
await node.remove();
process.exitCode = answers.has('something else') ? 1 : 0;
