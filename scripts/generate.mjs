// Writes what is generated from the code and committed; specs say when it is out of date. Run by `npm run generate`,
// which builds everything first.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { generatedDocs } from '../apps/api/dist/apps/api/src/docs/generated.js';
import { catalogue } from '../libs/domain/dist/libs/domain/src/catalogue.js';
import { eventReference } from '../libs/domain/dist/libs/domain/src/reference.js';

writeFileSync(new URL('../docs/events.md', import.meta.url), eventReference(catalogue.values()));
console.log('docs/events.md');
for (const [path, text] of await generatedDocs()) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  console.log(path);
}
