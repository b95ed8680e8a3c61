import tseslint from 'typescript-eslint';

const domainOnly = {
  patterns: [{ group: ['node:*', '@candor/*'], message: 'libs/domain is plain functions over plain data.' }],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.candor/**', 'coverage/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    // One program for all: a project for each app and library, which the project service makes, takes all memory there is.
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: false, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(SpreadElement[argument.type="ObjectExpression"], SpreadElement[argument.type="ArrayExpression"])',
          message: 'Write the members where they belong.',
        },
      ],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['libs/domain/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', domainOnly] },
  },
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.mjs', 'apps/*/src/cli/**', 'apps/local/**', 'apps/demo/**', 'apps/import/**'],
    rules: { 'no-console': 'off' },
  },
);
