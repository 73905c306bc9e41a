import { nullTranslator } from '@jupyterlab/translation';

import { nodeType, relativePath } from '../files';
import { readValue, valueText } from '../values';

describe('relativePath', () => {
  it.each([
    ['', 'a.ipynb', 'a.ipynb'],
    ['work', 'work/a.ipynb', 'a.ipynb'],
    ['work', 'work/sub/a.ipynb', 'sub/a.ipynb'],
    ['work/x', 'work/y/a.py', '../y/a.py'],
    ['work/x/y', 'a.py', '../../../a.py'],
    ['work', 'work', '../work']
  ])('from %j to %j', (folder, path, expected) => {
    expect(relativePath(folder, path)).toBe(expected);
  });
});

describe('nodeType', () => {
  it('knows what can be dropped', () => {
    expect(nodeType('a/b.ipynb')).toBe('notebook');
    expect(nodeType('b.py')).toBe('script');
    expect(nodeType('b.R')).toBe('script');
    expect(nodeType('b.sh')).toBe('script');
    expect(nodeType('b.csv')).toBeNull();
    expect(nodeType('b.pipeline')).toBeNull();
    expect(nodeType('folder')).toBeNull();
  });
});

describe('values of parameters', () => {
  const trans = nullTranslator.load('mlops_ext');

  it.each([
    ['string', 'a b', 'a b'],
    ['integer', ' 7', 7],
    ['number', '0.5', 0.5],
    ['boolean', 'true', true],
    ['list', '[1, "x"]', [1, 'x']],
    ['object', '{"a": 1}', { a: 1 }]
  ] as const)('reads a %s', (type, text, value) => {
    expect(readValue(type, text, trans)).toEqual({ value });
    expect(readValue(type, valueText(type, value as never), trans)).toEqual({
      value
    });
  });

  it.each([
    ['integer', '1.5'],
    ['integer', '1e30'],
    ['number', 'one'],
    ['number', '1e999'],
    ['boolean', '"yes"'],
    ['list', '{}'],
    ['object', '[1]']
  ] as const)('says why a text is no %s: %s', (type, text) => {
    expect(readValue(type, text, trans).error).toMatch(/\.$/);
  });
});
