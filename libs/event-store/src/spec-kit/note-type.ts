import type { DomainEvent, EventType, PersonalField } from '@candor/domain';
import type { EventTypes } from '../codec/check-event.js';

const field = (name: string): PersonalField => ({
  pointer: `/body/${name}`,
  path: ['body', name],
  owner: 'tenant',
  name: false,
  foundAs: null,
  subject: (_event, { log }) => ({ kind: 'tenant', value: log ?? '' }),
});

interface Note {
  readonly title: unknown;
  readonly text: unknown;
}

/** A type of the specs' own: schema 1 had `words` where schema 2 has `text`, and a `title` since. */
export const noteType: EventType<'note.taken', Note> = {
  type: 'note.taken',
  means: 'A note of the specs.',
  category: 'note',
  log: 'tenant',
  retention: 'account',
  schema: 2,
  schemas: [],
  personal: [field('title'), field('text')],
  target: () => null,
  check: (body) => {
    const { title, text, ...more } = body as { title?: unknown; text?: unknown };
    if (Object.keys(more).length > 0) throw new TypeError('unknown members');
    return { title, text };
  },
  problem: () => undefined,
  upcast: (schema, body) =>
    schema === 1 ? { title: null, text: (body as { words: unknown }).words } : (body as Note),
};

/** The same type as an older build knew it. */
export const oldNoteType: EventType = {
  ...noteType,
  schema: 1,
  personal: [field('words')],
  check: (body) => body,
  upcast: (_schema, body) => body,
};

export const typesOf = (...types: readonly EventType[]): EventTypes =>
  new Map(types.map((type) => [type.type, type]));

export const aNote = (text: string, title: string | null = null): DomainEvent => ({
  type: 'note.taken',
  body: { title, text },
});
