import { keyAdministrationContract } from './key-administration.contract.js';
import { keyServiceContract } from './key-service.contract.js';
import { MemoryKeyService } from './memory-key-service.js';
import { signingServiceContract } from './signing-service.contract.js';

const open = () => Promise.resolve(new MemoryKeyService());
const one = new MemoryKeyService();

keyServiceContract('the memory key service', open);
signingServiceContract('the memory key service', () => Promise.resolve(one));
keyAdministrationContract('the memory key service', open, { restores: false });
