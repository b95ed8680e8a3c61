import { test } from '@jest/globals';
import { given, SOMEBODY } from '@candor/testing';
import type { KeyGenerationEvent } from '../platform/key-generation-events.js';
import { keyGenerationDecider } from './decider.js';

const at = '2026-01-01T12:00:00.000Z';
const other = '0f3a2b1c-0000-4000-8000-00000000000b';
const generation = 3;
const [backup, later] = [`${'A'.repeat(43)}=`, `${'B'.repeat(42)}A=`];
const retire = { kind: 'retire-key-generation', at, generation, successor: 4 } as const;
const retired: KeyGenerationEvent = {
  type: 'platform.key-generation-retired',
  body: { generation, successor: 4 },
};
const drain = { kind: 'report-drained', at, generation, keyCount: 7 } as const;
const drained: KeyGenerationEvent = {
  type: 'platform.key-generation-drained',
  body: { generation, keys: 7 },
};
const request = { kind: 'request-key-destruction', at, generation, backup } as const;
const requested: KeyGenerationEvent = {
  type: 'platform.key-destruction-requested',
  body: { generation, backup },
};
const begin = { kind: 'begin-key-destruction', at, generation, by: other, backup } as const;
const begun: KeyGenerationEvent = {
  type: 'platform.key-destruction-begun',
  body: { generation, backup },
};
const approve = { kind: 'approve-key-destruction', at, generation, by: other, backup, finalAt: at } as const;
const approved: KeyGenerationEvent = {
  type: 'platform.key-destruction-approved',
  body: { generation, finalAt: at },
};

test('each step is recorded once, and in its order', () => {
  given(keyGenerationDecider).when(retire).then(retired);
  given(keyGenerationDecider, retired)
    .when({ ...retire, successor: 5 })
    .thenNothing();
  given(keyGenerationDecider).when(drain).thenRejected('key-generation.not-retired');
  given(keyGenerationDecider, retired).when(drain).then(drained);
  given(keyGenerationDecider, retired, drained).when(drain).thenNothing();
  given(keyGenerationDecider, retired).when(request).thenRejected('key-generation.not-drained');
  given(keyGenerationDecider, retired, drained).when(request).then(requested);
  given(keyGenerationDecider, retired, drained, requested).when(request).thenNothing();
  given(keyGenerationDecider, retired, drained).when(approve).thenRejected('key-generation.not-requested');
  given(keyGenerationDecider, retired, drained).when(begin).thenRejected('key-generation.not-requested');
  given(keyGenerationDecider, retired, drained, requested).when(begin).then(begun);
  given(keyGenerationDecider, retired, drained, requested, begun).when(begin).thenNothing();
  given(keyGenerationDecider, retired, drained, requested)
    .when(approve)
    .thenRejected('key-generation.not-begun');
  given(keyGenerationDecider, retired, drained, requested, begun)
    .when({ ...request, backup: later })
    .thenRejected('key-generation.already-approved');
  const done = [retired, drained, requested, begun, approved];
  given(keyGenerationDecider, ...done.slice(0, 4))
    .when(approve)
    .then(approved);
  given(keyGenerationDecider, ...done)
    .when(begin)
    .thenNothing();
  given(keyGenerationDecider, ...done)
    .when(approve)
    .thenNothing();
  given(keyGenerationDecider, ...done)
    .when(request)
    .thenRejected('key-generation.already-approved');
});

test('destruction takes two people, who have verified the same backup', () => {
  const before = [retired, drained, requested];
  for (const [command, events] of [
    [begin, before],
    [begin, [...before, begun]],
    [approve, [...before, begun]],
  ] as const) {
    given(keyGenerationDecider, ...events)
      .when({ ...command, by: SOMEBODY })
      .thenRejected('key-generation.same-person');
    given(keyGenerationDecider, ...events)
      .when({ ...command, backup: later })
      .thenRejected('key-generation.other-backup');
  }
  // Whoever names another backup is then the one who asked.
  const again: KeyGenerationEvent = { ...requested, body: { generation, backup: later } };
  given(keyGenerationDecider, ...before)
    .when({ ...request, backup: later })
    .then(again);
  given(keyGenerationDecider, ...before, again)
    .when(begin)
    .thenRejected('key-generation.other-backup');
});

test('what is no SHA-256 names no backup', () => {
  given(keyGenerationDecider, retired, drained)
    .when({ ...request, backup: 'x' })
    .thenRejected('input.invalid', {
      type: 'platform.key-destruction-requested',
      field: '/backup',
      problem: 'invalid_format',
    });
});
