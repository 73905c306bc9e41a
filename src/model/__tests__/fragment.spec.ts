import * as fc from 'fast-check';

import type { PipelineDocument } from '../document';
import { emptyDocument } from '../document';
import { copy, newId, parseFragment, rebase } from '../fragment';
import { isLike } from '../law';
import { quote, referenceOf, unquote } from '../references';
import { documents, json } from './arbitraries';

const document: PipelineDocument = {
  version: 1,
  parameters: { n: { type: 'integer' }, other: { type: 'string' } },
  nodes: {
    load: { type: 'notebook', path: '../data/load.ipynb', files: ['a.csv'] },
    train: {
      type: 'notebook',
      path: 'train.ipynb',
      parameters: { n: { from: 'parameters.n' } },
      outputs: ['out/m.joblib']
    }
  },
  edges: [{ from: 'load', to: 'train' }],
  comments: { note: { text: 'x' } },
  layout: { train: [1, 2], note: [3, 4] }
};

describe('newId', () => {
  it.each([
    ['01 Load-Data.ipynb', 'load-data'],
    ['a/b/Train Model.v2.py', 'train-model-v2'],
    ['Über Größe.sh', 'uber-gro-e'],
    ['2024.ipynb', 'node'],
    ['日本.py', 'node'],
    ['', 'node'],
    ['.hidden', 'hidden'],
    ['x_Y__z-', 'x_y__z'],
    ['constructor', 'constructor'],
    [`${'x'.repeat(80)}.py`, 'x'.repeat(63)]
  ])('makes of %j the id %j', (wanted, id) => {
    expect(newId(emptyDocument(), wanted)).toBe(id);
  });

  it('is never taken, and always an id', () => {
    expect(newId(document, 'load.py')).toBe('load-2');
    expect(newId(document, 'note')).toBe('note-2');
    expect(newId(document, 'load', new Set(['load-2']))).toBe('load-3');
    const long = 'x'.repeat(63);
    const nodes = { [long]: { type: 'approval' } };
    expect(newId({ version: 1, nodes }, long)).toBe(`${'x'.repeat(61)}-2`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(isLike('id', newId(document, text))).toBe(true);
      })
    );
  });
});

describe('a fragment', () => {
  it('is what was selected, and what that needs', () => {
    expect(copy(document, ['train', 'note', 'gone'], 'p')).toEqual({
      version: 1,
      folder: 'p',
      parameters: { n: { type: 'integer' } },
      nodes: { train: document.nodes.train },
      edges: [],
      comments: { note: { text: 'x' } },
      layout: { train: [1, 2], note: [3, 4] }
    });
    expect(copy(document, ['train', 'load']).edges).toEqual(document.edges);
  });

  it('goes through the clipboard', () => {
    fc.assert(
      fc.property(documents(), one => {
        const fragment = copy(one, Object.keys(one.nodes));
        const text = JSON.stringify(fragment, null, 2);
        expect(parseFragment(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 50 }
    );
  });

  it.each([
    'text',
    '[]',
    '{"version": 1}',
    '{"version": 1, "parameters": {}, "nodes": {"a": 5}, "edges": [], "comments": {}, "layout": {}}',
    '{"version": 1, "parameters": {}, "nodes": {}, "edges": [1], "comments": {}, "layout": {}}'
  ])('is not made of %s', text => {
    expect(parseFragment(text)).toBeNull();
  });

  it('keeps its files where it is pasted into another folder', () => {
    const fragment = copy(document, ['load', 'train'], 'a/b');
    expect(rebase(fragment, 'a/b/')).toBe(fragment);
    const { nodes } = rebase(fragment, 'a/c');
    expect(nodes.load).toMatchObject({
      path: '../data/load.ipynb',
      files: ['../b/a.csv']
    });
    expect(nodes.train).toMatchObject({
      path: '../b/train.ipynb',
      outputs: ['../b/out/m.joblib']
    });
    expect(rebase(fragment, '').nodes.load.path).toBe('a/data/load.ipynb');
    expect(rebase(copy(document, ['load']), 'x').nodes).toEqual({
      load: document.nodes.load
    });
  });
});

describe('literals', () => {
  it('are quoted where they would be read as something else', () => {
    fc.assert(
      fc.property(json, value => {
        expect(referenceOf(quote(value))).toBeNull();
        expect(unquote(quote(value))).toEqual(value);
      })
    );
    expect(quote({ from: 'parameters.x' })).toEqual({
      value: { from: 'parameters.x' }
    });
    expect(quote({ value: 1 })).toEqual({ value: { value: 1 } });
  });
});
