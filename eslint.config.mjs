import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import prettierRecommended from 'eslint-plugin-prettier/recommended';
import globals from 'globals';
import jupyterPlugin from '@jupyter/eslint-plugin';
import importLawRule from './scripts/eslint-import-law.mjs';

/**
 * The import law: index -> features -> api, ui -> model -> generated.
 * A folder of src, and the folders that it may import. A feature does not
 * import another one: what they share lies in api, ui or model.
 */
const below = ['api', 'ui', 'model', 'generated'];
const importLaw = {
  // document is the shell of the pipeline editor: it alone composes two other
  // features, the canvas (loaded lazily, by a dynamic import) and the properties.
  document: [...below, 'canvas', 'properties'],
  canvas: below,
  properties: below,
  runs: below,
  runtimes: below,
  monitoring: below,
  launcher: below,
  lineage: below,
  // api answers with values and shows nothing; ui shows what it is given.
  api: ['model', 'generated'],
  ui: ['model', 'generated'],
  model: ['generated'],
  generated: []
};

const unsafeHtml = [
  {
    selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
    message: 'Text becomes HTML here: render React elements instead.'
  },
  {
    selector:
      "Property[key.name='dangerouslySetInnerHTML'], Property[key.value='dangerouslySetInnerHTML']",
    message: 'Text becomes HTML here: render React elements instead.'
  },
  {
    selector:
      'AssignmentExpression > MemberExpression.left[property.name=/^(innerHTML|outerHTML)$/]',
    message: 'Text becomes HTML here: set textContent or render with React.'
  },
  {
    selector:
      "CallExpression > MemberExpression.callee[property.name='insertAdjacentHTML']",
    message: 'Text becomes HTML here: set textContent or render with React.'
  }
];

const serverConnection = {
  name: '@jupyterlab/services',
  importNames: ['ServerConnection'],
  message: 'Only src/api speaks with the server.'
};

/** The plugin's recommended rules, each as an error. */
const jupyterRules = Object.fromEntries(
  [jupyterPlugin.configs.recommended]
    .flat()
    .flatMap(config => Object.entries(config.rules ?? {}))
    .map(([name, level]) => [
      name,
      Array.isArray(level) ? ['error', ...level.slice(1)] : 'error'
    ])
);

export default defineConfig([
  {
    ignores: [
      '.airflow',
      '.venv',
      '**/*.d.ts',
      '**/*.js',
      '**/node_modules',
      'benchmarks',
      'build',
      'coverage',
      'demo',
      'demo-*',
      'dist',
      'docs',
      'examples',
      'lib',
      'mlops_ext',
      'src/generated',
      'tests',
      'ui-tests'
    ]
  },
  {
    files: ['**/*.mjs'],
    extends: [js.configs.recommended],
    languageOptions: { globals: globals.node }
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    extends: [
      js.configs.recommended,
      tseslint.configs.recommendedTypeChecked,
      tseslint.configs.strict
    ],
    plugins: {
      jupyter: jupyterPlugin,
      project: { rules: { 'import-law': importLawRule } }
    },
    languageOptions: {
      globals: { ...globals.browser, ...globals.es2015 },
      parserOptions: { project: 'tsconfig.test.json', sourceType: 'module' }
    },
    rules: {
      ...jupyterRules,
      '@typescript-eslint/no-explicit-any': 'error',
      // JupyterLab's own idiom: interfaces and classes carry a namespace.
      '@typescript-eslint/no-namespace': 'off',
      // Lumino's signals take a method and its object: connect(this.f, this).
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { paths: [serverConnection] }],
      'no-restricted-syntax': ['error', ...unsafeHtml],
      'prefer-arrow-callback': 'error',
      'project/import-law': ['error', importLaw]
    }
  },
  {
    files: ['src/api/**'],
    rules: { 'no-restricted-imports': 'off' }
  },
  {
    // The model is a value and its functions: it runs anywhere.
    files: ['src/model/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(react|react-dom|@jupyterlab|@lumino|@xyflow)(/|$)',
              message: 'src/model knows neither React nor JupyterLab.'
            }
          ]
        }
      ]
    }
  },
  {
    files: ['src/**/__tests__/**', 'src/**/*.spec.ts', 'src/**/*.spec.tsx'],
    languageOptions: { globals: { ...globals.jest, ...globals.node } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-imports': 'off'
    }
  },
  prettierRecommended
]);
