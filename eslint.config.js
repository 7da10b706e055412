import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * The folder list is the architecture. Each row: what a layer's files may import. A name alone is
 * one of our folders, `folder/file` one file of it, `npm:` a package. `typesOf` may be imported as
 * types only. Anything else that reaches over a folder's edge is an error.
 */
const layers = {
  domain: { folders: [], packages: [] },
  ledger: { folders: ['domain'], packages: ['pg', 'typeid-js', 'dataloader', 'stdnum'] },
  gateway: { folders: ['domain'], packages: ['stripe'] },
  notices: { folders: ['domain'], packages: ['nodemailer'] },
  documents: { folders: ['domain'], packages: ['pdfkit', 'fontkit', 'subset-font', 'bidi-js'] },
  activities: {
    folders: ['domain', 'ledger', 'gateway', 'notices'],
    packages: ['@temporalio/activity', '@temporalio/common'],
  },
  workflows: {
    folders: ['domain'],
    typesOf: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  client: {
    folders: ['domain', 'workflows/messages', 'workflows/collection-messages'],
    typesOf: ['workflows'],
    packages: ['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', 'typeid-js'],
  },
  http: {
    folders: ['domain', 'client', 'ledger', 'gateway/webhooks', 'documents'],
    packages: ['hono', '@hono/node-server', '@hono/zod-openapi', 'zod', 'pino', 'swagger-ui-dist'],
  },
  'http/pages': { folders: ['domain', 'ledger', 'documents'], packages: ['hono'] },
  'http/operator': { folders: ['domain', 'client', 'ledger'], packages: ['hono'] },
  worker: {
    folders: [
      ...['domain', 'activities', 'ledger', 'gateway', 'notices', 'workflows/messages'],
      'client/webhook-deliveries',
    ],
    packages: ['@temporalio/worker', '@temporalio/client', '@temporalio/envconfig', 'pino'],
  },
  cli: {
    folders: ['domain', 'client', 'ledger', 'sandbox', 'documents'],
    packages: ['commander', 'lossless-json'],
  },
  sandbox: { folders: [], packages: ['hono', '@hono/node-server'] },
};

const ourFolders = [...Object.keys(layers), 'local', 'bench', 'test', 'setup', 'config'];
/** These read the settings; everything else is handed values. */
const mains = ['worker/main.ts', 'http/main.ts', 'cli/settings.ts'];

/** Patterns are gitignore-like; a later `!` pattern re-admits what an earlier one refused. */
function patternsFor(layer, { folders, typesOf = [], packages }, main) {
  // A folder inside a layer reaches the others one step further up; its layer's files are its own.
  const up = layer.includes('/') ? '../../' : '../';
  const allowed = folders.map((folder) => (folder.includes('/') ? `${folder}.ts` : `${folder}/*`));
  const admit = (names) => names.flatMap((name) => [`!${up}${name}`]);
  const refusedFolders = ourFolders.map((folder) =>
    folder === 'config' ? `${up}config.ts` : `${up}${folder}/*`,
  );
  const typeOnly = typesOf.map((folder) => `${up}${folder}/*`);
  const message = `${layer}/ may not import this: see the layers table in eslint.config.js`;
  return [
    {
      group: [
        ...refusedFolders,
        ...admit(allowed),
        ...typeOnly.map((pattern) => `!${pattern}`),
        ...(main ? ['!../config.ts'] : []),
        `${up}../*`,
      ],
      message,
    },
    ...(typeOnly.length > 0
      ? [
          {
            group: [...typeOnly, ...admit(allowed)],
            allowTypeImports: true,
            message: `${message} (types only)`,
          },
        ]
      : []),
    {
      // A bare specifier is a package: allowed are those of the table, and node: outside the pure layers.
      regex: `^(?!\\.)(?!(${
        [...packages, ...(['domain', 'workflows'].includes(layer) ? [] : ['node:'])]
          .map((name) => name.replace(/[/.]/g, '\\$&'))
          .map((name) => (name === 'node:' ? name : `${name}(/|$)`))
          .join('|') || '$^'
      }))`,
      message,
    },
  ];
}

const layerRules = Object.entries(layers)
  .flatMap(([layer, row]) => [
    {
      files: [`${layer}/**/*.{ts,tsx}`],
      ignores: mains,
      rules: {
        '@typescript-eslint/no-restricted-imports': [
          'error',
          { patterns: patternsFor(layer, row) },
        ],
      },
    },
    {
      files: mains.filter((main) => main.startsWith(`${layer}/`)),
      rules: {
        '@typescript-eslint/no-restricted-imports': [
          'error',
          { patterns: patternsFor(layer, row, true) },
        ],
      },
    },
  ])
  .filter(({ files }) => files.length > 0);

const clockAndChance = [
  { object: 'Date', property: 'now', message: 'time comes in as an argument' },
  { object: 'Math', property: 'random', message: 'chance comes in as an argument' },
];

export default tseslint.config(
  { ignores: ['node_modules/', '.solvent/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'settings are read in config.ts' },
      ],
    },
  },
  ...layerRules,
  {
    files: ['domain/**/*.ts', 'workflows/**/*.ts', 'activities/**/*.ts', 'gateway/**/*.ts'],
    ignores: ['workflows/time.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'settings are read in config.ts' },
        ...clockAndChance,
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'time comes in as an argument',
        },
      ],
    },
  },
  {
    files: ['config.ts', 'local/**', 'test/**', 'bench/**', 'setup/**', '*.config.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // vitest types its asymmetric matchers (`expect.stringContaining`) as any.
    files: ['test/**'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    // Plain scripts that run before anything is installed.
    files: ['**/*.{mjs,js}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    // Scripts of the pages; they run in browsers, as they are.
    files: ['http/pages/assets/*.js'],
    languageOptions: {
      globals: {
        window: 'readonly',
        document: 'readonly',
        location: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  prettier,
);
