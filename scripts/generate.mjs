// Writes what is generated from the code and committed; a spec says when it is out of date. Run by `npm run generate`,
// which builds the library first.
import { writeFileSync } from 'node:fs';
import { catalogue } from '../libs/domain/dist/libs/domain/src/catalogue.js';
import { eventReference } from '../libs/domain/dist/libs/domain/src/reference.js';

writeFileSync(new URL('../docs/events.md', import.meta.url), eventReference(catalogue.values()));
console.log('docs/events.md');
