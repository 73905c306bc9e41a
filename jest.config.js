const jestJupyterLab = require('@jupyterlab/testutils/lib/jest-config');

// Packages which ship ES modules only and so have to be compiled for jest.
const esModules = [
  '@codemirror',
  '@jupyter/',
  '@jupyterlab/',
  '@microsoft/',
  '@rjsf/',
  '@xyflow/',
  'color',
  'd3-',
  'exenv-es6',
  'fast-check',
  'lib0',
  'marked',
  'nanoid',
  'pure-rand',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const baseConfig = jestJupyterLab(__dirname);

module.exports = {
  ...baseConfig,
  automock: false,
  collectCoverageFrom: [
    'src/**/*.{ts,tsx}',
    '!src/**/*.d.ts',
    '!src/generated/**'
  ],
  coverageReporters: ['lcov', 'text'],
  modulePathIgnorePatterns: [
    '<rootDir>/.airflow/',
    '<rootDir>/.venv/',
    '<rootDir>/build/',
    '<rootDir>/demo/',
    '<rootDir>/lib/',
    '<rootDir>/mlops_ext/',
    '<rootDir>/ui-tests/'
  ],
  reporters: ['default'],
  testRegex: 'src/.*\\.spec\\.tsx?$',
  transform: {
    ...baseConfig.transform,
    // Types are checked by tsc (jlpm typecheck), so that the tests stay quick.
    '^.+\\.tsx?$': [
      'ts-jest/legacy',
      {
        tsconfig: './tsconfig.test.json',
        diagnostics: false
      }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules}))`]
};
