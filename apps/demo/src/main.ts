import { CandorClient } from './candor-client.js';
import { tellStory } from './story.js';

const key = process.env['CANDOR_API_KEY'];
if (key === undefined || key === '') {
  console.error('Set CANDOR_API_KEY to the operator credential that the first `npm start` printed.');
  process.exit(2);
}
const url = process.env['CANDOR_URL'] ?? `http://127.0.0.1:${process.env['PORT'] ?? '8080'}`;

try {
  await tellStory(new CandorClient(url, key), url);
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const message = error instanceof Error ? error.message : String(error);
  console.error(
    message === 'fetch failed' ? `No Candor answers at ${url}${cause}. Is \`npm start\` running?` : message,
  );
  process.exit(1);
}
