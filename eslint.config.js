import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      ...['**/dist', '**/out-tsc', '**/reports', '**/coverage', '.nx'],
      // Programs of users, compiled where the packages are installed.
      'tools/package-check/fixtures/consumers',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['**/*.ts', '**/*.js'],
    plugins: { '@nx': nx },
    rules: {
      // A package may import no other package; only the app composes them.
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allowCircularSelfDependency: true,
          depConstraints: [
            {
              sourceTag: 'type:package',
              onlyDependOnLibsWithTags: ['type:tool', 'type:local-service'],
            },
            {
              sourceTag: 'type:app',
              onlyDependOnLibsWithTags: ['type:package', 'type:tool', 'type:local-service'],
            },
            {
              sourceTag: 'type:tool',
              onlyDependOnLibsWithTags: ['type:package', 'type:tool', 'type:local-service'],
            },
            { sourceTag: 'type:local-service', onlyDependOnLibsWithTags: [] },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/*/page/**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['document', 'location', 'matchMedia', 'getComputedStyle', 'fetch', 'FormData'],
          ...['EventSource', 'ResizeObserver', 'requestAnimationFrame'],
          ...['setTimeout', 'clearTimeout'],
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // What is published never depends on the tools that test it.
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['test-services*', 'package-check*'] }],
    },
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
    },
  },
);
