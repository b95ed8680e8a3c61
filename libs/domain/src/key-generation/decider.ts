import { accept, reject, type Decider, type Decision, type Fact } from '../kernel/decider.js';
import type { Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { keyGenerationEvents, type KeyGenerationEvent } from '../platform/key-generation-events.js';
import type { ApproveKeyDestruction, BeginKeyDestruction, KeyGenerationCommand } from './commands.js';

export interface KeyGenerationState {
  readonly retired: boolean;
  readonly drained: boolean;
  /** The last request: who asked, naming which backup. */
  readonly request: { readonly by: Uuid; readonly backup: string } | null;
  readonly begun: boolean;
  readonly approved: boolean;
}

/**
 * The life of a key generation, as the log tells it (formats v1 §3.4). The vault keeps the state that its statements lock;
 * each step is asked for again until both agree, so that asking for a step that was taken is accepted.
 */
export const keyGenerationDecider: Decider<
  KeyGenerationCommand,
  KeyGenerationEvent,
  Guarded<KeyGenerationState>
> = guard(
  {
    initial: { retired: false, drained: false, request: null, begun: false, approved: false },
    decide,
    evolve,
  },
  { types: keyGenerationEvents },
);

function decide(state: KeyGenerationState, command: KeyGenerationCommand): Decision<KeyGenerationEvent> {
  const { generation } = command;
  switch (command.kind) {
    case 'retire-key-generation': {
      const { successor } = command;
      if (state.retired) return accept();
      return accept({ type: 'platform.key-generation-retired', body: { generation, successor } });
    }
    case 'report-drained':
      if (!state.retired) return reject('key-generation.not-retired');
      if (state.drained) return accept();
      return accept({
        type: 'platform.key-generation-drained',
        body: { generation, keys: command.keyCount },
      });
    case 'request-key-destruction': {
      const { backup } = command;
      if (!state.drained) return reject('key-generation.not-drained');
      if (state.begun || state.approved) return reject('key-generation.already-approved');
      // The same backup again is the same request; it stays the one's who asked first.
      if (state.request?.backup === backup) return accept();
      return accept({ type: 'platform.key-destruction-requested', body: { generation, backup } });
    }
    case 'begin-key-destruction':
      if (state.approved) return accept();
      return (
        asRequested(state, command) ?? accept(...(state.begun ? [] : [begun(generation, command.backup)]))
      );
    case 'approve-key-destruction':
      if (state.approved) return accept();
      if (!state.begun) return asRequested(state, command) ?? reject('key-generation.not-begun');
      return (
        asRequested(state, command) ??
        accept({
          type: 'platform.key-destruction-approved',
          body: { generation, finalAt: command.finalAt },
        })
      );
  }
}

const begun = (generation: number, backup: string): KeyGenerationEvent => ({
  type: 'platform.key-destruction-begun',
  body: { generation, backup },
});

/** Why it may not go on: it takes another person than who asked, and the same backup. */
function asRequested(
  { request }: KeyGenerationState,
  { by, backup }: BeginKeyDestruction | ApproveKeyDestruction,
): Decision<KeyGenerationEvent> | undefined {
  if (request === null) return reject('key-generation.not-requested');
  if (request.by === by) return reject('key-generation.same-person');
  return request.backup === backup ? undefined : reject('key-generation.other-backup');
}

function evolve(state: KeyGenerationState, event: KeyGenerationEvent, { by }: Fact): KeyGenerationState {
  switch (event.type) {
    case 'platform.key-generation-retired':
      return { ...state, retired: true };
    case 'platform.key-generation-drained':
      return { ...state, drained: true };
    case 'platform.key-destruction-requested':
      return { ...state, request: { by, backup: event.body.backup } };
    case 'platform.key-destruction-begun':
      return { ...state, begun: true };
    case 'platform.key-destruction-approved':
      return { ...state, approved: true };
  }
}
