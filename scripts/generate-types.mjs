// Writes src/generated/<name>.ts for every schemas/<name>.v1.json.
// With --check it writes nothing and fails if a file is not as it should be.
import { readFile, readdir, rm, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import * as prettier from 'prettier';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const schemas = path.join(root, 'schemas');
const target = path.join(root, 'src', 'generated');
const check = process.argv.includes('--check');

/** One schema file as TypeScript. */
async function generate(file) {
  const schema = JSON.parse(await readFile(path.join(schemas, file), 'utf8'));
  const name = path.basename(file, '.json').replace(/\.v(\d+)$/, '');
  const source = await compile(schema, name, {
    additionalProperties: false,
    bannerComment: `/* Made from schemas/${file} by "jlpm gen". Do not edit. */`,
    cwd: schemas,
    declareExternallyReferenced: true,
    enableConstEnums: false,
    format: false,
    strictIndexSignatures: false,
    unknownAny: true,
    unreachableDefinitions: true
  });
  const out = path.join(target, `${name}.ts`);
  const options = await prettier.resolveConfig(out);
  return [
    out,
    await prettier.format(source, {
      ...options,
      endOfLine: 'lf',
      filepath: out
    })
  ];
}

const files = (await readdir(schemas)).filter(f => /\.v\d+\.json$/.test(f));
const wanted = new Map(await Promise.all(files.sort().map(generate)));
await mkdir(target, { recursive: true });
const present = (await readdir(target)).map(f => path.join(target, f));
const wrong = [];

for (const [file, text] of wanted) {
  const old = await readFile(file, 'utf8').catch(() => null);
  if (old !== text) {
    wrong.push(file);
    if (!check) {
      await writeFile(file, text);
    }
  }
}
for (const file of present.filter(f => !wanted.has(f))) {
  wrong.push(file);
  if (!check) {
    await rm(file, { recursive: true });
  }
}

const names = wrong.map(f => path.relative(root, f));
if (check && wrong.length > 0) {
  console.error(`Not as the schemas say: ${names.join(', ')}. Run "jlpm gen".`);
  process.exit(1);
}
console.log(
  `${wanted.size} schemas` +
    (names.length ? `, changed: ${names.join(', ')}` : ', nothing to change')
);
