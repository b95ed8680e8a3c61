import { eventLogContract } from './event-log.contract.js';
import { MemoryLog } from './memory-log.js';

eventLogContract('in memory', () => new MemoryLog());
