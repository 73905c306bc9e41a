/** Questions to the Python half, for tests that the two halves agree. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../../..');
const PYTHON = process.env.MLOPS_PYTHON || '.venv/bin/python';

/**
 * Give a Python program many questions, a line of JSON each, and get as many
 * answers. It reads and writes files, so that it works while this process
 * does, too.
 */
export async function ask<T>(
  program: string,
  questions: readonly unknown[]
): Promise<T[]> {
  const folder = mkdtempSync(join(tmpdir(), 'agreement-'));
  const [input, output] = [join(folder, 'in'), join(folder, 'out')];
  try {
    const lines = questions.map(question => JSON.stringify(question));
    writeFileSync(input, `${lines.join('\n')}\n`);
    const streams = [openSync(input, 'r'), openSync(output, 'w')];
    const python = spawn(resolve(ROOT, PYTHON), ['-P', join(ROOT, program)], {
      cwd: ROOT,
      env: { ...process.env, PYTHONPATH: ROOT },
      stdio: [...streams, 'inherit']
    });
    streams.forEach(stream => closeSync(stream));
    const code = await new Promise((done, fail) => {
      python.on('error', fail).on('exit', done);
    });
    expect(code).toBe(0);
    const answers = readFileSync(output, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as T);
    expect(answers).toHaveLength(questions.length);
    return answers;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
