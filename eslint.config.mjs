import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['node_modules/', '**/dist/', 'public/build/', 'bench/node_modules/', 'bench/out/', 'test/out/', '**/*.generated.ts', 'packages/tracker/kernels/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise that nobody waits for loses its error; this is what the linter is here for.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'], package: 'node:test' }] }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-restricted-syntax': ['error', {
        selector: "MemberExpression[object.name='process'][property.name='env']",
        message: 'Read settings from src/config.ts, the one place that knows the environment.',
      }, {
        selector: 'NewExpression[callee.name="Promise"] > ArrowFunctionExpression[async=true]',
        message: 'An async executor swallows its errors and the promise hangs for ever.',
      }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  { files: ['src/words/*.ts'], rules: { 'max-lines': 'off' } },
  { files: ['src/config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/main.ts', 'src/serve.ts', 'src/announce.ts', 'src/commands.ts', 'bench/**', 'packages/tracker/src/cli/**', 'packages/tracker/src/cli.ts'], rules: { 'no-console': 'off' } },
  { files: ['src/main.ts', 'test/**', 'bench/**', '**/*.test.ts', '**/*.fixture.ts'], rules: { 'no-restricted-syntax': 'off', 'no-console': 'off', 'max-lines-per-function': 'off', 'max-lines': ['error', 400] } },
  // PostgreSQL and the system's temporary folder are told about the environment, not the other way round.
  { files: ['src/lib/db/embedded/{settings,socket}.ts'], rules: { 'no-restricted-syntax': 'off' } },
)
