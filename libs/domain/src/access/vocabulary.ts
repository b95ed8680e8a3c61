import { z } from 'zod';
import { uuid } from '../kernel/fields.js';

/** What a grant allows and what an access was, rising; each includes those before it. */
export const levels = ['view-metadata', 'view-content', 'operate', 'administer'] as const;
export type Level = (typeof levels)[number];

export const atLeast = (given: Level, needed: Level): boolean =>
  levels.indexOf(given) >= levels.indexOf(needed);

export const granteeKinds = ['user', 'employee', 'service', 'external'] as const;
export const scopeKinds = ['account', 'mailbox', 'thread', 'delivery-log'] as const;
export const resourceKinds = [
  'account',
  'mailbox',
  'thread',
  'message',
  'contact',
  'delivery-log',
  'credential',
] as const;
export const operations = [
  'list',
  'read',
  'search',
  'export',
  'create',
  'update',
  'delete',
  'administer',
] as const;
export type Operation = (typeof operations)[number];

/** What an operation takes at least, whatever level it was reported with: nobody deletes by merely viewing. */
export const leastLevel: Readonly<Record<Operation, Level>> = {
  list: 'view-metadata',
  read: 'view-metadata',
  search: 'view-metadata',
  export: 'view-metadata',
  create: 'operate',
  update: 'operate',
  delete: 'operate',
  administer: 'administer',
};

export interface Scope {
  readonly kind: (typeof scopeKinds)[number];
  readonly id: string | null;
}
export interface Resource {
  readonly kind: (typeof resourceKinds)[number];
  readonly id: string | null;
}

/** A tenant has one account and one delivery log: they are named by their kind alone, in one way. */
const isSingle = (kind: string): boolean => kind === 'account' || kind === 'delivery-log';

export const level = z.enum(levels);

/** What a grant is for: the whole account, the delivery log, or one mailbox or thread. */
export const scope = z
  .strictObject({ kind: z.enum(scopeKinds), id: uuid.nullable() })
  .refine(({ kind, id }) => isSingle(kind) === (id === null));

/** A resource without an id: several of the kind, or one not known. */
export const isResource = ({ kind, id }: Resource): boolean => !isSingle(kind) || id === null;
/** A resource around the one accessed: one that is known. */
export const isContainer = ({ kind, id }: Resource): boolean => isSingle(kind) === (id === null);

/** What was accessed. */
export const resource = z
  .strictObject({ kind: z.enum(resourceKinds), id: uuid.nullable() })
  .refine(isResource);

/** What lies around it. */
export const container = resource.refine(isContainer);
