import { expect, test } from '@jest/globals';
import { given, givenAt, SOMEBODY } from '@candor/testing';
import type { SuccessionRequestEvent } from '../platform/succession-request-events.js';
import type { SucceedLog } from './commands.js';
import { successionRequestDecider } from './request-decider.js';
import { successionDecider } from './succession-decider.js';

const at = '2026-01-01T12:00:00.000Z';
const [log, other] = ['0f3a2b1c-0000-4000-8000-00000000000a', '0f3a2b1c-0000-4000-8000-00000000000b'];
const [first, second] = ['a', 'b'].map((letter) => `x.example/t/7-${letter.repeat(51)}a`);
const text = (origin = first, size = 9, letter = 'A'): string =>
  `${origin ?? ''}\n${size}\n${letter.repeat(42)}A=\n`;
const slot = 7;
const common = { at, log };
const ask = (previous = text(), kept = 4) =>
  ({ ...common, kind: 'request-succession', slot, previous, kept, cause: 'restored' }) as const;
const approve = (previous = text(), by = other, kept = 4) =>
  ({ ...common, kind: 'approve-succession', previous, kept, by }) as const;
const asked = (previous = text(), kept = 4): SuccessionRequestEvent => ({
  type: 'platform.succession-requested',
  body: { log, slot, previous, kept, cause: 'restored' },
});
const approved = (previous = text()): SuccessionRequestEvent => ({
  type: 'platform.succession-approved',
  body: { log, previous },
});

test('one asks and another approves, each once', () => {
  given(successionRequestDecider).when(ask()).then(asked());
  given(successionRequestDecider, asked()).when(ask()).thenNothing();
  given(successionRequestDecider).when(approve()).thenRejected('succession.not-requested');
  given(successionRequestDecider, asked()).when(approve()).then(approved());
  given(successionRequestDecider, asked(), approved()).when(approve()).thenNothing();
  given(successionRequestDecider, asked(), approved()).when(ask()).thenNothing();
});

test('nobody approves what they asked for', () => {
  given(successionRequestDecider, asked())
    .when(approve(text(), SOMEBODY))
    .thenRejected('succession.same-person');
});

test('nobody approves another checkpoint than was asked for', () => {
  for (const another of [text(first, 8), text(first, 10), text(first, 9, 'B'), text(second)])
    given(successionRequestDecider, asked())
      .when(approve(another))
      .thenRejected('succession.other-checkpoint');
});

test.each([[[asked()]], [[asked(), approved()]]])(
  'a smaller checkpoint, or another of the same size, is not asked for; a larger one is: %#',
  (before) => {
    for (const another of [text(first, 8), text(first, 9, 'B')])
      given(successionRequestDecider, ...before)
        .when(ask(another))
        .thenRejected('succession.other-checkpoint');
    given(successionRequestDecider, ...before)
      .when(ask(text(first, 10)))
      .then(asked(text(first, 10)));
    // Then the one who asked for it is asked for nothing more.
    given(successionRequestDecider, ...before, asked(text(first, 10)))
      .when(approve(text(first, 10), SOMEBODY))
      .thenRejected('succession.same-person');
  },
);

test('where less is left than was said it is asked for and approved anew', () => {
  for (const before of [[asked()], [asked(), approved()]]) {
    given(successionRequestDecider, ...before)
      .when(ask(text(), 5))
      .thenNothing();
    given(successionRequestDecider, ...before)
      .when(ask(text(), 3))
      .then(asked(text(), 3));
    given(successionRequestDecider, ...before)
      .when(approve(text(), other, 3))
      .thenRejected('succession.other-checkpoint');
  }
  given(successionRequestDecider, asked(), approved(), asked(text(), 3))
    .when(approve(text(), other, 3))
    .then(approved());
  given(successionRequestDecider, asked())
    .when(approve(text(), other, 5))
    .then(approved());
});

test('the successor may be lost too, once the log before it was given up; that one not again', () => {
  const later = text(second, 3);
  given(successionRequestDecider, asked()).when(ask(later)).thenRejected('succession.other-checkpoint');
  given(successionRequestDecider, asked(), approved()).when(ask(later)).then(asked(later));
  given(successionRequestDecider, asked(), approved(), asked(later), approved(later))
    .when(ask(text(first, 99)))
    .thenRejected('succession.other-checkpoint');
});

test('after seven days nothing is approved or carried out that was not asked for anew', () => {
  const [said, week, over] = [
    '2026-01-01T12:00:00.000Z',
    '2026-01-08T12:00:00.000Z',
    '2026-01-08T12:00:00.001Z',
  ];
  const after = (...events: readonly SuccessionRequestEvent[]) =>
    givenAt({ occurredAt: (n) => (n < 2 ? said : over) }, successionRequestDecider, ...events);
  after(asked())
    .when({ ...approve(), at: week })
    .then(approved());
  after(asked())
    .when({ ...approve(), at: over })
    .thenRejected('succession.expired');
  after(asked(), approved())
    .when({ ...approve(), at: week })
    .thenNothing();
  after(asked(), approved())
    .when({ ...approve(), at: over })
    .thenRejected('succession.expired');
  for (const before of [[asked()], [asked(), approved()]]) {
    after(...before)
      .when({ ...ask(), at: week })
      .thenNothing();
    after(...before)
      .when({ ...ask(), at: over })
      .then(asked());
  }
  after(asked(), approved(), asked())
    .when({ ...approve(), at: over })
    .then(approved());
});

test('what is no checkpoint is refused', () => {
  expect(given(successionRequestDecider).when(ask('x')).decision).toMatchObject({
    rejection: { code: 'input.invalid', detail: { field: '/previous' } },
  });
});

test('a log is ended once at one checkpoint, and its successor again', () => {
  const command = (previous: string): SucceedLog => ({
    kind: 'succeed-log',
    at,
    slot,
    operator: 'x.example',
    previous,
    cause: 'damaged',
  });
  const succeeded = (previous: string) =>
    ({
      type: 'log.succeeded',
      body: { slot, operator: 'x.example', previous, cause: 'damaged' },
    }) as const;
  const [one, two] = [text(), text(second, 3)];
  given(successionDecider).when(command(one)).then(succeeded(one));
  given(successionDecider, succeeded(one)).when(command(one)).thenNothing();
  given(successionDecider, succeeded(one))
    .when(command(text(first, 10)))
    .thenRejected('succession.other-checkpoint');
  given(successionDecider, succeeded(one)).when(command(two)).then(succeeded(two));
  given(successionDecider, succeeded(one), succeeded(two)).when(command(one)).thenNothing();
});
