import { parseArgs } from 'node:util';
import { codeOf, UsageError } from './failure.js';

export const USAGE = `npm run import -- postfix FILE… --tenant ID

Turns Postfix mail logs into delivery records and sends them to Candor. Give rotated files oldest first, packed with
gzip or not; - is the standard input. Importing a log again changes nothing.

  --tenant ID        whose deliveries these are (UUID)
  --url URL          where Candor answers; else CANDOR_URL, else http://127.0.0.1:8080
  --year YYYY        the year of the first line, when the log has none; else the latest that fits the file's own time
  --timezone ±HH:MM  the zone of times that name none; else UTC
  --hand-off RELAY   a relay that only passes mail on inside your house: host, address or service; may be repeated
  --dry-run          print the records instead of sending them

The key is read from CANDOR_API_KEY.`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Where records go: to an API, or to the standard output. */
export type Destination =
  { readonly kind: 'print' } | { readonly kind: 'api'; readonly url: string; readonly key: string };

export interface Options {
  readonly files: readonly string[];
  readonly tenant: string;
  readonly destination: Destination;
  readonly year: number | undefined;
  readonly offsetMinutes: number;
  readonly handOffs: ReadonlySet<string>;
}

/**
 * Reads the command line, without the program's name, and the environment.
 * @throws UsageError with one sentence on what is missing or wrong
 */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options {
  const { values, positionals } = split(args);
  const [format, ...files] = positionals;
  if (format !== 'postfix') throw new UsageError('Say which kind of log it is: postfix.');
  if (files.length === 0) throw new UsageError('Name at least one file, or - for the standard input.');
  if (files.filter((file) => file === '-').length > 1)
    throw new UsageError('The standard input can be read only once.');
  const tenant = values.tenant?.toLowerCase() ?? '';
  if (!UUID.test(tenant)) throw new UsageError('--tenant must be the UUID of a tenant.');
  return {
    files,
    tenant,
    destination: values['dry-run']
      ? { kind: 'print' }
      : api(values.url ?? env['CANDOR_URL'], env['CANDOR_API_KEY']),
    year: values.year === undefined ? undefined : parseYear(values.year),
    offsetMinutes: parseOffset(values.timezone ?? 'UTC'),
    handOffs: new Set(values['hand-off'].map((relay) => relay.toLowerCase())),
  };
}

function split(args: readonly string[]) {
  try {
    return parseArgs({
      args: withZone(args),
      allowPositionals: true,
      options: {
        tenant: { type: 'string' },
        url: { type: 'string' },
        year: { type: 'string' },
        timezone: { type: 'string' },
        'hand-off': { type: 'string', multiple: true, default: [] },
        'dry-run': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    throw new UsageError((error as Error).message);
  }
}

/** An offset west of Greenwich begins like an option: it is tied to its own. */
function withZone(args: readonly string[]): string[] {
  const west = args.findIndex((arg, at) => arg === '--timezone' && /^-\d/.test(args[at + 1] ?? ''));
  return west < 0 ? [...args] : args.toSpliced(west, 2, `--timezone=${args[west + 1] ?? ''}`);
}

function api(given: string | undefined, key: string | undefined): Destination {
  const url = URL.parse(given ?? 'http://127.0.0.1:8080');
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  )
    throw new UsageError('The URL must be an http or https address without a name or password in it.');
  if (key === undefined || key === '') throw new UsageError('Set CANDOR_API_KEY to the key to send with.');
  // What no header may carry would else surface as a fault of the connection.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError('CANDOR_API_KEY holds a character that no key has.');
  return { kind: 'api', url: url.origin + url.pathname, key };
}

function parseYear(text: string): number {
  if (!/^(?:19[7-9]\d|[2-9]\d{3})$/.test(text))
    throw new UsageError('--year must be a year from 1970 to 9999.');
  return Number(text);
}

function parseOffset(text: string): number {
  if (/^(?:Z|UTC)$/i.test(text)) return 0;
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  const [hours, minutes] = [Number(match?.[2]), Number(match?.[3])];
  if (match === null || hours > 14 || minutes > 59)
    throw new UsageError('--timezone must be UTC or an offset such as +01:00.');
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}
