// An ESLint rule: which folder of src may import which. The law itself is the
// option given in eslint.config.mjs: { folder: [folders it may import] }.
import path from 'node:path';

/** The folder of src that a file lies in; '' for a file in src itself. */
function folderOf(file, src) {
  const parts = path.relative(src, file).split(path.sep);
  return parts[0] === '..' ? null : parts.length > 1 ? parts[0] : '';
}

export default {
  meta: {
    type: 'problem',
    schema: [{ type: 'object' }],
    messages: {
      forbidden:
        'src/{{from}} must not import src/{{to}}: imports point one way (index -> features -> api, ui -> model -> generated).',
      index: 'Nothing imports index.ts.',
      unknown:
        'src/{{from}} has no entry in the import law: add it to eslint.config.mjs.'
    }
  },
  create(context) {
    const law = context.options[0];
    const src = path.join(context.cwd, 'src');
    const from = folderOf(context.filename, src);
    if (from === null || from === '') {
      return {};
    }
    const check = source => {
      const name = source?.value;
      if (typeof name !== 'string' || !name.startsWith('.')) {
        return;
      }
      const target = path.resolve(path.dirname(context.filename), name);
      // `../runs` is the folder runs, whose index.ts is meant.
      const to = folderOf(path.join(target, 'index'), src);
      if (to === null || to === from) {
        return;
      }
      if (to === '' || to === 'index') {
        context.report({ node: source, messageId: 'index' });
      } else if (!(from in law)) {
        context.report({ node: source, messageId: 'unknown', data: { from } });
      } else if (!law[from].includes(to)) {
        context.report({
          node: source,
          messageId: 'forbidden',
          data: { from, to }
        });
      }
    };
    return {
      ExportAllDeclaration: node => check(node.source),
      ExportNamedDeclaration: node => check(node.source),
      ImportDeclaration: node => check(node.source),
      ImportExpression: node => check(node.source),
      TSImportType: node => check(node.source ?? node.argument?.literal)
    };
  }
};
