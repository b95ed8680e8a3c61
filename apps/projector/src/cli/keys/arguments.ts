import { parseArgs } from 'node:util';
import { MOST_SUBJECTS, UUID } from '@candor/domain';

export const USAGE = `usage: npm run keys -- <command>

  status                                        generations, and what is wrapped under each
  migrate                                       makes the vault's tables, or brings them up to date
  rotate --as <person>                          adds a generation, and re-wraps everything under it
  rewrap --as <person>                          goes on with what a rotation has left
  backup <file>                                 writes a backup, and verifies it
  verify <file>                                 opens every key in a backup
  restore <file> [--despite-lost]               puts a backup into an empty vault
  check                                         holds every key named in the log against the vault
  sweep [--dry-run]                             deletes keys whose event never came, a day after they were found
  destroy-generation <n> --backup <file> --as <person> [--approve]
                                                asks for it; with --approve, of another person, does it

  erase --dry-run --tenant <log> --subject <id>... [--json]
                                                what an erasure would make unreadable; ends with 1 where it is held
  holds [--tenant <log>] [--json]               the holds that stand
  retention [--json]                            classes, their terms and why; what lapses next, what is due or held

<person>: the id of the employee who does it. It is written into the log as given: nobody checks here that it is theirs, or
that two ids are two people. What parts the two is who may reach the vault and the key service. Settings are read from the
environment.`;

export type KeysCommand =
  | { readonly name: 'status' | 'migrate' | 'check' }
  | { readonly name: 'sweep'; readonly dryRun: boolean }
  | {
      readonly name: 'erase';
      readonly tenant: string;
      readonly subjects: readonly string[];
      readonly json: boolean;
    }
  | { readonly name: 'holds'; readonly tenant: string | null; readonly json: boolean }
  | { readonly name: 'retention'; readonly json: boolean }
  | { readonly name: 'rotate' | 'rewrap'; readonly person: string }
  | { readonly name: 'backup' | 'verify'; readonly file: string }
  | { readonly name: 'restore'; readonly file: string; readonly despiteLost: boolean }
  | {
      readonly name: 'destroy-generation';
      readonly generation: number;
      readonly file: string;
      readonly person: string;
      readonly approve: boolean;
    };

const OPTIONS = {
  as: { type: 'string' },
  backup: { type: 'string' },
  approve: { type: 'boolean' },
  'despite-lost': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  tenant: { type: 'string' },
  subject: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const;

/** What takes which options, and how many words after its name. */
const FORMS: Readonly<Record<string, { readonly words: number; readonly options: readonly string[] }>> = {
  status: { words: 0, options: [] },
  migrate: { words: 0, options: [] },
  check: { words: 0, options: [] },
  rotate: { words: 0, options: ['as'] },
  rewrap: { words: 0, options: ['as'] },
  backup: { words: 1, options: [] },
  verify: { words: 1, options: [] },
  restore: { words: 1, options: ['despite-lost'] },
  sweep: { words: 0, options: ['dry-run'] },
  erase: { words: 0, options: ['dry-run', 'tenant', 'subject', 'json'] },
  holds: { words: 0, options: ['tenant', 'json'] },
  retention: { words: 0, options: ['json'] },
  'destroy-generation': { words: 1, options: ['as', 'backup', 'approve'] },
};

type Parsed = NonNullable<ReturnType<typeof parse>>;

/** Undefined for what is no command. */
export function parseCommand(words: readonly string[]): KeysCommand | undefined {
  const parsed = parse(words);
  if (parsed === undefined) return undefined;
  const { values, positionals } = parsed;
  const [name = '', word = '', ...rest] = positionals;
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  if (form === undefined || positionals.length !== form.words + 1 || rest.length > 0) return undefined;
  if (!Object.keys(values).every((option) => form.options.includes(option))) return undefined;
  const { as: person = '', backup: file = '', approve = false, json = false } = values;
  switch (name) {
    case 'status':
    case 'migrate':
    case 'check':
      return { name };
    case 'rotate':
    case 'rewrap':
      return UUID.test(person) ? { name, person } : undefined;
    case 'backup':
    case 'verify':
      return { name, file: word };
    case 'sweep':
      return { name, dryRun: values['dry-run'] ?? false };
    case 'erase':
      return eraseFrom(values);
    case 'holds':
      return values.tenant === undefined || UUID.test(values.tenant)
        ? { name, tenant: values.tenant ?? null, json }
        : undefined;
    case 'retention':
      return { name, json };
    case 'restore':
      return { name, file: word, despiteLost: values['despite-lost'] ?? false };
    case 'destroy-generation':
      if (!/^[1-9]\d{0,8}$/.test(word) || file === '' || !UUID.test(person)) return undefined;
      return { name, generation: Number(word), file, person, approve };
    default:
      return undefined;
  }
}

/** There is no other erasure here than a dry run: what is asked for and confirmed are two people's acts, in the API. */
function eraseFrom({ tenant = '', subject = [], json = false, ...values }: Parsed['values']) {
  const subjects = [...new Set(subject)].sort();
  if (values['dry-run'] !== true || !UUID.test(tenant)) return undefined;
  if (subjects.length === 0 || subjects.length > MOST_SUBJECTS || !subjects.every((one) => UUID.test(one)))
    return undefined;
  return { name: 'erase', tenant, subjects, json } as const;
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch {
    return undefined;
  }
}
