import * as fc from 'fast-check';

import type { Action } from '../actions';
import { reduce } from '../actions';
import { canonicalize } from '../canonical';
import type { JsonValue, PipelineDocument } from '../document';
import { emptyDocument, own, sameJson } from '../document';
import { copy } from '../fragment';
import { topologicalOrder } from '../graph';
import { applyPatch, edgesByKey, invert } from '../patch';
import { readPipeline } from '../read';
import { references } from '../references';
import { checkSchema } from '../schema';
import { anyNode, documents, id, json, name } from './arbitraries';

const base: PipelineDocument = {
  version: 1,
  parameters: { cutoff: { type: 'number', default: 0.5 } },
  schedule: { cron: '0 6 * * *', parameters: { cutoff: 0.7 } },
  nodes: {
    load: { type: 'notebook', path: 'load.ipynb' },
    train: {
      type: 'notebook',
      path: 'train.ipynb',
      parameters: {
        cutoff: { from: 'parameters.cutoff' },
        rows: { from: 'nodes.load.results.rows' },
        depth: 3
      }
    },
    report: {
      type: 'script',
      path: 'report.py',
      parameters: { auc: { from: 'nodes.train.results.auc' } }
    }
  },
  edges: [
    { from: 'load', to: 'train' },
    {
      from: 'train',
      to: 'report',
      when: { result: 'auc', op: '>=', value: 0.8 }
    }
  ],
  comments: { note: { text: 'weekly', nodes: ['load', 'train'] } },
  layout: { load: [0, 0], train: [280, 0], note: [0, 200, 160, 80] }
};

const act = (document: PipelineDocument, ...actions: Action[]) =>
  actions.reduce(
    (now, action) => applyPatch(now, reduce(now, action)),
    document
  );

describe('adding', () => {
  it('makes nodes of files, with readable ids', () => {
    const next = act(emptyDocument(), {
      type: 'add-nodes',
      files: ['01 Load-Data.ipynb', 'sub/load-data.py', 'notes.md', 'x.R'],
      position: [10.4, 20]
    });
    expect(next).toEqual({
      version: 1,
      nodes: {
        'load-data': { type: 'notebook', path: '01 Load-Data.ipynb' },
        'load-data-2': { type: 'script', path: 'sub/load-data.py' },
        x: { type: 'script', path: 'x.R' }
      },
      layout: { 'load-data': [10, 20], 'load-data-2': [10, 108], x: [10, 196] }
    });
  });

  it('makes nodes without files', () => {
    const label = 'Ask the team';
    const node = { type: 'approval', label };
    const next = act(base, { type: 'add-node', node, position: [1, 2] });
    expect(next.nodes['ask-the-team']).toEqual(node);
    const wrong = { type: 'approval', path: 'x' };
    expect(
      reduce(base, { type: 'add-node', node: wrong, position: [0, 0] })
    ).toEqual([]);
  });

  it('connects, but never twice, to nothing or in a circle', () => {
    const connect = (from: string, to: string) =>
      reduce(base, { type: 'connect', from, to });
    expect(connect('load', 'report')).toEqual([
      {
        path: ['edges', 'load>report'],
        value: { from: 'load', to: 'report' }
      }
    ]);
    for (const [from, to] of [
      ['load', 'train'],
      ['report', 'load'],
      ['load', 'load'],
      ['load', 'constructor'],
      ['toString', 'load']
    ]) {
      expect(connect(from, to)).toEqual([]);
    }
  });

  it('adds comments beside nodes of the same name', () => {
    const next = act(
      base,
      { type: 'add-comment', text: 'a', position: [1, 2], nodes: ['load'] },
      { type: 'add-comment', text: 'b', position: [3, 4, 100, 50] }
    );
    expect(next.comments).toMatchObject({
      comment: { text: 'a', nodes: ['load'] },
      'comment-2': { text: 'b' }
    });
    expect(next.layout!['comment-2']).toEqual([3, 4, 100, 50]);
  });
});

describe('changing', () => {
  it('moves nodes, and comments with their size', () => {
    const positions = { load: [5, 6], note: [7.6, 8], gone: [1, 1] };
    const next = act(base, { type: 'move', positions });
    expect(next.layout).toEqual({
      load: [5, 6],
      train: [280, 0],
      note: [8, 8, 160, 80]
    });
  });

  it('keeps positions within what a file may say', () => {
    const positions = { load: [-0.4, 3e7] };
    const next = act(base, { type: 'move', positions });
    expect(next.layout!.load).toStrictEqual([0, 1_000_000]);
  });

  it('sets a field of those nodes that can have it', () => {
    const set = (field: string, value: JsonValue | undefined) =>
      act(base, {
        type: 'set-node-field',
        ids: Object.keys(base.nodes),
        field,
        value
      });
    const waiting = act(base, {
      type: 'add-node',
      node: { type: 'approval' },
      position: [0, 0],
      id: 'ask'
    });
    const next = act(waiting, {
      type: 'set-node-field',
      ids: ['load', 'ask', 'gone'],
      field: 'kernel',
      value: 'ir'
    });
    expect(own(next.nodes, 'load')?.kernel).toBe('ir');
    expect(next.nodes.ask).toEqual({ type: 'approval' });
    expect(set('timeout', 'soon')).toBe(base);
    expect(set('path', undefined)).toBe(base);
    expect(set('type', 'kafka')).toBe(base);
    expect(set('retries', 101)).toBe(base);
    expect(set('parameters', { x: { from: 'nowhere' } })).toBe(base);
    expect(set('extra', '\ud800')).toBe(base);
    expect(set('extra', 2 ** 60)).toBe(base);
    expect('parameters' in set('parameters', {}).nodes.train).toBe(false);
  });

  it('makes no change where there is none', () => {
    expect(
      reduce(base, {
        type: 'set-node-field',
        ids: ['train'],
        field: 'parameters',
        value: { depth: 3, ...base.nodes.train.parameters }
      })
    ).toEqual([]);
    expect(
      reduce(base, { type: 'move', positions: { load: [0, 0.2] } })
    ).toEqual([]);
  });

  it('sets and takes away conditions', () => {
    const when = { result: 'rows', op: '>' as const, value: 0 };
    const edge = 'load>train';
    const next = act(base, { type: 'set-condition', edge, when });
    expect(next.edges![0]).toEqual({ from: 'load', to: 'train', when });
    expect(act(next, { type: 'set-condition', edge, when: undefined })).toEqual(
      base
    );
  });

  it('sets labels, descriptions and defaults; empty ones go', () => {
    const label = 'Load';
    const next = act(
      base,
      { type: 'rename-node', id: 'load', label },
      { type: 'set-description', value: 'What it does' },
      { type: 'set-default', field: 'retries', value: 2 }
    );
    expect(next.nodes.load.label).toBe(label);
    expect(next.description).toBe('What it does');
    expect(next.defaults).toEqual({ retries: 2 });
    const back = act(
      next,
      { type: 'rename-node', id: 'load', label: '' },
      { type: 'set-description', value: '' },
      { type: 'set-default', field: 'retries', value: undefined }
    );
    expect(canonicalize(back)).toBe(canonicalize(base));
  });

  it('arranges nodes, not comments', () => {
    const next = act(base, { type: 'arrange' });
    expect(next.layout!.note).toEqual([0, 200, 160, 80]);
    expect(next.layout!.report).toEqual([560, 0]);
    expect(reduce(next, { type: 'arrange' })).toEqual([]);
  });
});

describe('renaming and removing', () => {
  it('gives a node another id everywhere', () => {
    const next = act(base, { type: 'change-id', id: 'train', to: 'fit' });
    expect(next).toEqual({
      ...base,
      nodes: {
        load: base.nodes.load,
        fit: base.nodes.train,
        report: {
          ...base.nodes.report,
          parameters: { auc: { from: 'nodes.fit.results.auc' } }
        }
      },
      edges: [
        { ...base.edges![1], from: 'fit' },
        { from: 'load', to: 'fit' }
      ],
      comments: { note: { text: 'weekly', nodes: ['load', 'fit'] } },
      layout: { load: [0, 0], fit: [280, 0], note: [0, 200, 160, 80] }
    });
    for (const to of ['load', 'note', 'Fit', '', 'x'.repeat(64)]) {
      expect(reduce(base, { type: 'change-id', id: 'train', to })).toEqual([]);
    }
  });

  it('takes with a node all that hangs on it, and undo brings it back', () => {
    const action: Action = { type: 'remove', nodes: ['train'] };
    const patch = reduce(base, action);
    const next = applyPatch(base, patch);
    expect(next).toEqual({
      ...base,
      nodes: {
        load: base.nodes.load,
        report: { type: 'script', path: 'report.py' }
      },
      edges: undefined,
      comments: { note: { text: 'weekly', nodes: ['load'] } },
      layout: { load: [0, 0], note: [0, 200, 160, 80] }
    });
    expect(applyPatch(next, invert(base, patch))).toEqual(base);
  });

  it('removes a selection of anything', () => {
    const next = act(base, {
      type: 'remove',
      nodes: ['report'],
      edges: ['load>train'],
      comments: ['note']
    });
    expect(Object.keys(next)).not.toContain('edges');
    expect(Object.keys(next)).not.toContain('comments');
    expect(next.layout).toEqual({ load: [0, 0], train: [280, 0] });
  });

  it('renames parameters with what uses them', () => {
    const rename = (to: string): Action => ({
      type: 'rename-parameter',
      name: 'cutoff',
      to
    });
    const next = act(base, rename('__proto__'));
    expect(Object.keys(next.parameters!)).toEqual(['__proto__']);
    expect(Object.keys(next.schedule!.parameters!)).toEqual(['__proto__']);
    expect(next.nodes.train.parameters!.cutoff).toEqual({
      from: 'parameters.__proto__'
    });
    expect(
      act(next, { type: 'rename-parameter', name: '__proto__', to: 'cutoff' })
    ).toEqual(base);
    expect(reduce(base, rename('class'))).toEqual([]);
    expect(reduce(base, rename('cutoff'))).toEqual([]);
    const gone = act(base, { type: 'remove-parameter', name: 'cutoff' });
    expect(Object.keys(gone.nodes.train.parameters!)).toEqual([
      'rows',
      'depth'
    ]);
    expect(checkSchema(gone)).toEqual([]);
  });
});

describe('copies', () => {
  it('lie beside what was copied and refer to each other', () => {
    const next = act(base, {
      type: 'duplicate',
      ids: ['load', 'train', 'note']
    });
    expect(next.nodes['train-2'].parameters).toEqual({
      cutoff: { from: 'parameters.cutoff' },
      rows: { from: 'nodes.load-2.results.rows' },
      depth: 3
    });
    expect(next.comments!['note-2'].nodes).toEqual(['load-2', 'train-2']);
    expect(next.layout).toMatchObject({
      'load-2': [32, 32],
      'train-2': [312, 32],
      'note-2': [32, 232, 160, 80]
    });
    expect([...edgesByKey(next.edges).keys()]).toEqual([
      'load>train',
      'load-2>train-2',
      'train>report'
    ]);
  });

  it('go where the pointer is, with the parameters that they need', () => {
    const fragment = copy(base, ['train', 'report']);
    const next = act(emptyDocument(), {
      type: 'paste',
      fragment,
      position: [1000, 500]
    });
    expect(next.layout).toEqual({ train: [1000, 500] });
    expect(next.parameters).toEqual(base.parameters);
    expect(next.nodes).toEqual({
      train: base.nodes.train,
      report: base.nodes.report
    });
    expect(next.edges).toEqual([base.edges![1]]);
  });

  it('are refused if they would make the document invalid', () => {
    const fragment = copy(base, ['train']);
    const broken = {
      ...fragment,
      nodes: { train: { type: 'notebook', colour: 'red' } }
    };
    expect(reduce(base, { type: 'paste', fragment: broken })).toEqual([]);
  });
});

/** Any action, on what is there and what isn't, also with wrong values. */
const action: fc.Arbitrary<Action> = (() => {
  const ids = fc.array(id, { maxLength: 3 });
  const edges = fc
    .array(fc.tuple(id, id), { maxLength: 2 })
    .map(pairs => pairs.map(([from, to]) => `${from}>${to}`));
  const position = fc.tuple(
    fc.integer({ min: -2e6, max: 2e6 }),
    fc.integer({ min: 0, max: 100 })
  );
  const field = fc.constantFrom(
    'type',
    'label',
    'path',
    'kernel',
    'parameters',
    'retries',
    'timeout',
    'env',
    'outputs',
    'extra',
    '__proto__'
  );
  const value = fc.oneof(
    json,
    fc.constant(undefined),
    fc.constantFrom('a.py', '2h', { a: 'b' }, ['x'], 3, 'notebook')
  );
  const when = fc.option(
    fc.record({ result: name, op: fc.constant('<' as const), value: fc.nat() }),
    { nil: undefined }
  );
  const type = <T extends Action['type']>(one: T) => fc.constant(one);
  const files = fc.array(fc.constantFrom('a.py', 'b/c.ipynb', 'x', 'é.sh'), {
    maxLength: 3
  });
  const parameter = fc.record({
    type: fc.constantFrom('string' as const, 'integer' as const),
    default: json
  });
  return fc.oneof(
    fc.record({ type: type('add-nodes'), files, position }),
    fc.record({ type: type('add-node'), node: anyNode, position, id }),
    fc.record({ type: type('connect'), from: id, to: id }),
    fc.record({ type: type('connect'), from: id, to: id }),
    fc.record({ type: type('disconnect'), edges }),
    fc.record({ type: type('set-condition'), edge: edges.map(String), when }),
    fc.record({
      type: type('move'),
      positions: fc.dictionary(id, position, { maxKeys: 3 })
    }),
    fc.record({ type: type('rename-node'), id, label: fc.string() }),
    fc.record({ type: type('change-id'), id, to: fc.oneof(id, name) }),
    fc.record({ type: type('remove'), nodes: ids, edges, comments: ids }),
    fc.record({ type: type('duplicate'), ids }),
    documents().map(document => ({
      type: 'paste' as const,
      fragment: copy(document, Object.keys(document.nodes).slice(0, 3))
    })),
    fc.record({ type: type('set-node-field'), ids, field, value }),
    fc.record({ type: type('set-parameter'), name, parameter }),
    fc.record({ type: type('remove-parameter'), name }),
    fc.record({ type: type('rename-parameter'), name, to: name }),
    fc.record({ type: type('set-default'), field, value }),
    fc.record({ type: type('set-description'), value: fc.string() }),
    fc.record({
      type: type('set-schedule'),
      value: fc.option(
        fc.record(
          { cron: fc.string(), timezone: fc.string() },
          { requiredKeys: ['cron'] }
        ),
        { nil: undefined }
      )
    }),
    fc.record({ type: type('add-comment'), text: fc.string(), position }),
    fc.record({ type: type('set-comment'), id, text: fc.string(), nodes: ids }),
    fc.record({ type: type('arrange') })
  );
})();

describe('any actions', () => {
  it('keep a valid document valid, readable and free of loose ends', () => {
    fc.assert(
      fc.property(
        documents(),
        fc.array(action, { minLength: 1, maxLength: 8 }),
        (document, actions) => {
          for (const one of actions) {
            const patch = reduce(document, one);
            const next = applyPatch(document, patch);
            expect(checkSchema(next)).toEqual([]);
            expect(looseEnds(next)).toEqual([]);
            expect(topologicalOrder(next)).not.toBeNull();
            const back = applyPatch(next, invert(document, patch));
            expect(sameDocument(back, document)).toBe(true);
            if (one.type === 'remove') {
              const gone = one.nodes?.filter(n => own(document.nodes, n));
              expect(gone?.filter(n => namesIn(next).includes(n))).toEqual([]);
            }
            const text = canonicalize(next);
            const read = readPipeline(text);
            expect(read.issues).toEqual([]);
            expect(canonicalize(read.document)).toBe(text);
            if (patch.length === 0) {
              expect(next).toBe(document);
            }
            document = next;
          }
        }
      ),
      { numRuns: 120 }
    );
  });
});

/** Edges, and comments, that lead to no node. */
function looseEnds({ nodes, edges, comments }: PipelineDocument): string[] {
  return [
    ...(edges ?? []).flatMap(({ from, to }) => [from, to]),
    ...Object.values(comments ?? {}).flatMap(one => one.nodes ?? [])
  ].filter(end => !own(nodes, end));
}

/** The nodes whose results others refer to. */
function namesIn(document: PipelineDocument): string[] {
  return references(document).flatMap(({ reference }) =>
    reference.kind === 'result' ? [reference.node] : []
  );
}

function sameDocument(a: PipelineDocument, b: PipelineDocument): boolean {
  return sameJson(JSON.parse(canonicalize(a)), JSON.parse(canonicalize(b)));
}
