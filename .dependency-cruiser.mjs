/** Who may import whom; the table stands in docs/ARCHITECTURE.md. */
const lib = (name) => `^libs/${name}/`;
const SPEC = '\\.spec\\.ts$|/spec-kit/|^libs/testing/|^test/';
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: SPEC },
  to: { path: '^(libs|apps|test)/', pathNot: allowed },
});

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-plain',
      comment: 'The domain is functions over plain data: itself and zod, nothing else.',
      severity: 'error',
      from: { path: lib('domain'), pathNot: SPEC },
      to: { pathNot: '^libs/domain/|node_modules/zod/' },
    },
    only('crypto-knows-no-domain', lib('crypto'), '^libs/crypto/', 'Bytes and keys.'),
    {
      name: 'proofs-run-anywhere',
      comment:
        'What verifies runs in a browser as well: nothing of Node, nothing from npm; what differs is #platform.',
      severity: 'error',
      from: { path: '^libs/crypto/src/(tlog|verify)/', pathNot: SPEC },
      to: { path: '.', pathNot: '^libs/crypto/src/', reachable: true },
    },
    only('event-store', lib('event-store'), '^libs/(event-store|domain|crypto)/'),
    only('vault', lib('vault'), '^libs/(vault|event-store|domain|crypto)/'),
    only('key-service', lib('key-service'), '^libs/(key-service|crypto)/'),
    only('postgres', lib('postgres'), '^libs/postgres/', 'A server, and the roles in it.'),
    {
      name: 'postgres-for-local-only',
      comment: 'In production the database is given; only npm start and the specs bring their own.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: `^apps/local/|^libs/postgres/|${SPEC}` },
      to: { path: lib('postgres') },
    },
    only('metrics', lib('metrics'), '^libs/(metrics|vault)/', 'Numbers and fixed words.'),
    only('read-models', lib('read-models'), '^libs/(read-models|event-store|domain|crypto)/'),
    only('checkpoints', lib('checkpoints'), '^libs/(checkpoints|read-models|event-store|domain|crypto)/'),
    {
      name: 'store-client-in-event-store-only',
      comment:
        'libs/event-store is the only code that knows EventStoreDB; apps/eventstore serves its protocol.',
      severity: 'error',
      from: { pathNot: '^libs/event-store/|^apps/eventstore/|^test/|\\.spec\\.ts$' },
      to: { path: 'node_modules/@eventstore/' },
    },
    {
      name: 'grpc-at-the-edges-only',
      comment: 'The clients of the event store and of Cloud KMS, and what stands in for the two.',
      severity: 'error',
      from: {
        pathNot: '^libs/(event-store|key-service|testing)/|^apps/eventstore/|^test/|\\.spec\\.ts$',
      },
      to: { path: 'node_modules/(@grpc|@google-cloud|google-auth-library)/' },
    },
    {
      name: 'sql-in-vault-and-read-models-only',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: '^libs/(vault|read-models|postgres|testing)/|^apps/local/|\\.spec\\.ts$',
      },
      to: { path: 'node_modules/(pg|node-pg-migrate|@types/pg)/' },
    },
    only(
      'the-verifier-trusts-nobody',
      '^apps/verify/',
      '^(apps/verify|libs/crypto)/',
      'It shares libs/crypto with the server, and nothing else.',
    ),
    {
      name: 'apps-import-libs-never-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'testing-in-specs-only',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: SPEC },
      to: { path: '^libs/testing/|/spec-kit/' },
    },
    {
      name: 'verify-knows-no-domain',
      comment:
        'The operator’s own check makes every tree again without the code that decided what is in them.',
      severity: 'error',
      from: { path: '^apps/projector/src/cli/verify/', pathNot: SPEC },
      to: { path: lib('domain') },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // Not 'node': libs/crypto is looked at as a browser loads it.
      conditionNames: ['candor-source', 'import', 'default'],
    },
  },
};
