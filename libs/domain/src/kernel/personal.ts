import { z } from 'zod';
import type { DomainEvent, EntryContext, Personal, Uuid } from './entry.js';
import { memberOf } from './plain.js';
import { leavesOf } from './walk.js';

/** Whose a personal value is, seen from the event that holds it. */
export type Owner = 'user' | 'recipient' | 'sender' | 'grantee' | 'actor' | 'tenant';

/** A subject already known by its id in this log, or one to be found (or made) by its value. */
export type SubjectOf =
  | { readonly subject: Uuid }
  | {
      readonly kind: 'user' | 'employee' | 'recipient' | 'external' | 'tenant';
      readonly value: string;
    };

/** A place of an entry that holds a commitment instead of its value (formats v1 §2.1), unless it is null. */
export interface PersonalField {
  /** RFC 6901, from the entry's root: `/body/remoteMta/host`. */
  readonly pointer: string;
  /** The same as member names, from the entry's root: `['body', 'remoteMta', 'host']`. */
  readonly path: readonly string[];
  readonly owner: Owner;
  /** Whether the value is what its owner is called: people are searched for by it. */
  readonly name: boolean;
  /** What its owner is found by, where the value is that: an owner's own address (formats v1 §3.2). */
  readonly foundAs: 'user' | 'recipient' | null;
  /** Whose key it is sealed under. For an event that passed its check, in the context it will be stored with. */
  readonly subject: (event: DomainEvent, context: EntryContext) => SubjectOf;
}

const owners = z.registry<{ readonly owner: Owner }>();

/**
 * Marks a text as personal and says whose it is. A new event holds the text; one read back may hold the reason why the
 * text is not shown instead, and its type says so.
 */
export const personal = (schema: z.ZodString, owner: Owner): z.ZodType<Personal<string>, string> =>
  schema.clone().register(owners, { owner });

export const ownerOf = (schema: z.ZodType): Owner | undefined => owners.get(schema)?.owner;

/** The personal fields of a body, found in its schema once. @throws TypeError one lies in a list: it would have no fixed pointer */
export function personalFields(body: z.ZodType): readonly PersonalField[] {
  return leavesOf(body).flatMap((leaf) => {
    const owner = ownerOf(leaf.schema);
    if (owner === undefined) return [];
    if (leaf.list) throw new TypeError(`${leaf.path.join('.')}: a personal field has a place of its own`);
    return [fieldAt(['body', ...leaf.path], owner)];
  });
}

/** The personal fields around the body, the same for every type. */
export const envelopePersonal: readonly PersonalField[] = [
  fieldAt(['actor', 'name'], 'actor'),
  fieldAt(['source', 'ip'], 'actor'),
  fieldAt(['source', 'agent'], 'actor'),
  fieldAt(['reason', 'ticket'], 'tenant'),
];

function fieldAt(path: readonly string[], owner: Owner): PersonalField {
  return {
    pointer: `/${path.join('/')}`,
    path,
    owner,
    name: path.at(-1) === 'name' && owner !== 'tenant',
    foundAs: path.at(-1) === 'address' && (owner === 'user' || owner === 'recipient') ? owner : null,
    subject: (event, context) => subjectOf(owner, path, event, context),
  };
}

function subjectOf(
  owner: Owner,
  path: readonly string[],
  { body }: DomainEvent,
  context: EntryContext,
): SubjectOf {
  switch (owner) {
    case 'user':
    case 'recipient':
      return { subject: textAt(body, [owner]) };
    case 'sender':
      return { kind: 'external', value: textAt(body, path.slice(1)) };
    case 'grantee':
      return principal(textAt(body, ['grantee', 'kind']), textAt(body, ['grantee', 'id']), context);
    case 'actor':
      return principal(context.actor.kind, context.actor.id, context);
    case 'tenant':
      return tenantOf(context);
  }
}

/** A user is a subject of the log; employees and externals are found by their id; a service is no person. */
function principal(kind: string, id: Uuid, context: EntryContext): SubjectOf {
  if (kind === 'user') return { subject: id };
  if (kind === 'employee' || kind === 'external') return { kind, value: id };
  return tenantOf(context);
}

function tenantOf({ log }: EntryContext): SubjectOf {
  if (log === null) throw new TypeError('an event without a log holds nothing personal');
  return { kind: 'tenant', value: log };
}

function textAt(body: unknown, path: readonly string[]): string {
  const value = path.reduce(memberOf, body);
  if (typeof value !== 'string') throw new TypeError(`no text at ${path.join('.')}: was the event checked?`);
  return value;
}
