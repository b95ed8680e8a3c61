import { afterAll } from '@jest/globals';
import { eventLogContract } from '../event-log.contract.js';
import { NodeProcess } from '../spec-kit/node-process.js';
import { connectEventStore } from './connect.js';

const elsewhere = process.env['EVENTSTORE_URL'];
const node = new NodeProcess();
let url: string | undefined = elsewhere;

eventLogContract(elsewhere === undefined ? 'the embedded node' : 'EVENTSTORE_URL', async () => {
  url ??= await node.start();
  return connectEventStore(url);
});

afterAll(() => node.remove());
