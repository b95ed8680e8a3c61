import type { Json } from '@candor/crypto';
import { envelopePersonal, type DomainEvent, type EventType, type Uuid } from '@candor/domain';
import type { SubjectKind, SubjectRef } from '../vault-port.js';
import type { EntryParts } from './entry-parts.js';
import { InvalidEvent } from './faults.js';

/** A personal value of a new event, its place and whose it is. */
export interface PersonalValue {
  readonly pointer: string;
  readonly path: readonly string[];
  readonly value: string;
  readonly log: Uuid;
  readonly subject: SubjectRef;
  /** Whether it is a name of that subject. */
  readonly isName: boolean;
  /** The kind of subject that is found by it; null where it is no subject's own address. */
  readonly foundAs: SubjectKind | null;
}

/**
 * The personal values of a new event: every marked place that is not null.
 * @throws InvalidEvent one is not text but the reason why an old one cannot be read, or the event may hold none:
 *   it belongs to no log, or is public
 */
export function personalValues(type: EventType, event: DomainEvent, parts: EntryParts): PersonalValue[] {
  const found: PersonalValue[] = [];
  for (const fields of [envelopePersonal, type.personal]) {
    for (const field of fields) {
      const value = valueAt(parts, field.path);
      if (value === null || value === undefined) continue;
      if (typeof value !== 'string') {
        throw new InvalidEvent(type.type, `no value at ${field.pointer}`);
      }
      const { log } = parts.context;
      if (log === null || type.retention === 'public') {
        throw new InvalidEvent(type.type, `nothing personal may stand at ${field.pointer}`);
      }
      const subject = field.subject(event, parts.context);
      // What stands for a service belongs to the tenant, whose name it is not.
      const isName = field.name && !('kind' in subject && subject.kind === 'tenant');
      const { pointer, path, foundAs } = field;
      found.push({ pointer, path, value, log, subject, isName, foundAs });
    }
  }
  return found;
}

function valueAt(parts: EntryParts, path: readonly string[]): unknown {
  let value: unknown = parts.members;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** The same members with another value at a path; what lies beside the path is shared, not copied. */
export function withValueAt<T>(members: T, path: readonly string[], value: Json): T {
  const [name, ...rest] = path;
  if (name === undefined) return value as T;
  const before = members as Readonly<Record<string, unknown>>;
  return { ...before, [name]: withValueAt(before[name], rest, value) } as T;
}
