import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { hash, timestamp, whole } from '../kernel/fields.js';
import { targetByStream } from '../kernel/target.js';

const common = {
  category: 'keygeneration',
  log: 'platform',
  retention: 'public',
  upcasters: [],
  target: targetByStream('key-generation'),
} as const;

const generation = whole(1);

export const keyGenerationRetired = defineEvent({
  ...common,
  type: 'platform.key-generation-retired',
  means: 'No key is wrapped under this generation any more; those that are go over to its successor.',
  schemas: [z.strictObject({ generation, successor: generation })],
});

export const keyGenerationDrained = defineEvent({
  ...common,
  type: 'platform.key-generation-drained',
  means:
    'Nothing living is wrapped under this generation; so many keys were wrapped again under a later one.',
  schemas: [z.strictObject({ generation, keys: whole(0) })],
});

export const keyDestructionRequested = defineEvent({
  ...common,
  type: 'platform.key-destruction-requested',
  means:
    "The entry's actor asked to destroy the generation, and names the verified backup of the vault under a later one by its SHA-256.",
  schemas: [z.strictObject({ generation, backup: hash })],
});

export const keyDestructionBegun = defineEvent({
  ...common,
  type: 'platform.key-destruction-begun',
  means:
    'Somebody else approved, having verified the same backup. From here on it is carried out, whatever comes between.',
  schemas: [z.strictObject({ generation, backup: hash })],
});

export const keyDestructionApproved = defineEvent({
  ...common,
  type: 'platform.key-destruction-approved',
  means: 'What was approved is carried out; `finalAt` is when the key service destroys it.',
  schemas: [z.strictObject({ generation, finalAt: timestamp })],
});

export type KeyGenerationRetired = EventOf<typeof keyGenerationRetired>;
export type KeyGenerationDrained = EventOf<typeof keyGenerationDrained>;
export type KeyDestructionRequested = EventOf<typeof keyDestructionRequested>;
export type KeyDestructionBegun = EventOf<typeof keyDestructionBegun>;
export type KeyDestructionApproved = EventOf<typeof keyDestructionApproved>;
export type KeyGenerationEvent =
  | KeyGenerationRetired
  | KeyGenerationDrained
  | KeyDestructionRequested
  | KeyDestructionBegun
  | KeyDestructionApproved;

export const keyGenerationEvents = [
  keyGenerationRetired,
  keyGenerationDrained,
  keyDestructionRequested,
  keyDestructionBegun,
  keyDestructionApproved,
] as const;
