import { z } from 'zod';
import type { EventType } from './kernel/event-type.js';
import { formats } from './kernel/fields.js';
import { ownerOf, type Owner } from './kernel/personal.js';
import { keyClasses, periodOf, retentionTerms } from './kernel/retention.js';
import { leavesOf, type Leaf } from './kernel/walk.js';

/** The events as a page to read: what docs/events.md must say. */
export function eventReference(types: Iterable<EventType>): string {
  return `${[INTRODUCTION, CLASSES, ...[...types].flatMap(sectionOf)].join('\n\n')}\n`;
}

const INTRODUCTION = `# Events

Generated from the code by \`npm run generate\`; how it came to be so, and the rules between the events, stand in [event-table.md](event-table.md).

Every field is always there. A field that is somebody's is stored as a commitment, its value sealed beside the entry under that person's key.
Around every body stands the entry: actor, source, authorization, reason, outcome, correlation and times. Of it \`actor.name\`, \`source.ip\` and \`source.agent\` are the actor's, \`reason.ticket\` is the tenant's.`;

const CLASSES = `## Retention classes

The keys of a class lapse when so many days have passed since the end of their period, unless a hold covers them; what was sealed under them then reads as erased. An installation may set other terms: \`CANDOR_RETENTION_DAYS=delivery=90,reading=180\`, from 1 to 36,525 days, or with what they follow from in a file that \`CANDOR_RETENTION_FILE\` names: \`{"delivery":{"days":90,"citation":"…"}}\`.

${[
  '| class | period | days | because |',
  '| --- | --- | --- | --- |',
  ...keyClasses.map((one) => {
    const { days, citation } = retentionTerms[one];
    const span = periodOf(one, '2000-01-01T00:00:00.000Z').length === 4 ? 'year' : 'month';
    return `| \`${one}\` | ${span} | ${days} | ${citation} |`;
  }),
  '| `public` | none | | no field is ever personal |',
].join('\n')}`;

function sectionOf(type: EventType): readonly string[] {
  const newest = type.schemas.at(-1);
  if (newest === undefined) return [];
  const facts = [
    `schema ${type.schema}`,
    `stream \`${type.category}-…\``,
    LOGS[type.log],
    `retention class \`${type.retention}\``,
  ];
  return [`## \`${type.type}\``, type.means, facts.join(' · '), tableOf(leavesOf(newest))];
}

const LOGS: Readonly<Record<EventType['log'], string>> = {
  tenant: "the tenant's log",
  platform: "the platform's log",
  'tenant-or-platform': "the tenant's or the platform's log",
  none: 'no log',
};

function tableOf(leaves: readonly Leaf[]): string {
  const rows = leaves.map(({ path, schema, nullable, list }) => [
    `\`${path.join('.')}\`${list ? ' (each)' : ''}`,
    formOf(schema),
    nullable ? 'or null' : '',
    whose(ownerOf(schema)),
  ]);
  return [['field', 'form', '', 'whose'], ['---', '---', '---', '---'], ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

function formOf(schema: z.ZodType): string {
  const known = formats.get(schema)?.format;
  if (known !== undefined) return known;
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ');
  if (schema instanceof z.ZodLiteral)
    return [...schema.values].map((value) => `\`${String(value)}\``).join(', ');
  if (schema instanceof z.ZodString) return `text, at most ${String(schema.maxLength)}`;
  return schema.type;
}

const whose = (owner: Owner | undefined): string => (owner === undefined ? '' : `the ${owner}'s`);
