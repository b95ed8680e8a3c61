import { problemTable } from '../edge/problem/table.js';

/** docs/problems.md: every code a refusal can have. */
export function problemsPage(): string {
  const rows = [...problemTable]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, title }]) => `| <a id="${code}"></a>\`${code}\` | ${status} | ${title} |`);
  return [
    '# Problems',
    '',
    'Every refusal is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `code`, and where they help',
    '`detail`, `fields` (paths and what is wrong there, never the values) and `info`. A code is never renamed and never',
    'used for anything else. Verdicts of `POST /v1/records` have the same codes. 503 comes with `Retry-After`: nothing is',
    'half-done, send the same request again with the same `Idempotency-Key`.',
    '',
    'A line of `POST /v1/records` rejected with a code that ends in `.unavailable` may have been stored all the same: send it',
    'again, and it is `duplicate` where it was.',
    '',
    'This page is generated from the code: `npm run generate`.',
    '',
    '| code | status | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
