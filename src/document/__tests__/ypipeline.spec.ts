import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import * as Y from 'yjs';

import { reduce } from '../../model/actions';
import type { Action } from '../../model/actions';
import { canonicalize } from '../../model/canonical';
import type {
  JsonValue,
  Parameter,
  PipelineDocument
} from '../../model/document';
import { applyPatch } from '../../model/patch';
import type { Patch } from '../../model/patch';
import { readPipeline } from '../../model/read';
import { YPipeline } from '../ypipeline';

const ROOT = path.resolve(__dirname, '../../..');

/** All pipelines that every reader must accept. */
function goodFiles(): string[] {
  const folders = ['schemas/corpus/good', 'examples/wine'];
  return folders
    .map(folder => path.join(ROOT, folder))
    .filter(folder => existsSync(folder))
    .flatMap(folder =>
      readdirSync(folder)
        .filter(name => /\.(pipeline|json)$/.test(name))
        .map(name => path.join(folder, name))
    )
    .filter(file => readPipeline(readFileSync(file, 'utf8')).document);
}

const DOCUMENT: PipelineDocument = {
  version: 1,
  parameters: { cutoff: { type: 'number', default: 0.5 } },
  nodes: {
    load: { type: 'notebook', path: 'load.ipynb' },
    train: {
      type: 'notebook',
      path: 'train.ipynb',
      parameters: { cutoff: { from: 'parameters.cutoff' } }
    }
  },
  edges: [{ from: 'load', to: 'train' }],
  layout: { load: [0, 0], train: [240, 0] }
};

function open(document: PipelineDocument = DOCUMENT): YPipeline {
  const shared = YPipeline.create();
  shared.setSource(canonicalize(document));
  return shared;
}

function act(shared: YPipeline, action: Action): void {
  shared.apply(reduce(shared.toDocument(), action));
}

describe('loading and saving', () => {
  it.each(goodFiles())('loses and adds nothing in %s', file => {
    const text = readFileSync(file, 'utf8');
    const shared = YPipeline.create();
    shared.setSource(text);
    expect(shared.unreadable).toBeNull();
    expect(shared.getSource()).toBe(canonicalize(readPipeline(text).document));
  });

  it('keeps empty blocks that the file has, and adds none', () => {
    for (const document of [
      { version: 1, nodes: {} },
      { version: 1, parameters: {}, nodes: {}, edges: [], layout: {} },
      { version: 1, defaults: {}, nodes: {}, comments: {}, extra: null }
    ]) {
      const text = canonicalize(document);
      const shared = YPipeline.create();
      shared.setSource(text);
      expect(shared.getSource()).toBe(text);
    }
  });

  it('keeps what has an unusual name', () => {
    const text = canonicalize({
      version: 1,
      parameters: JSON.parse('{"__proto__": {"type": "string"}}') as Record<
        string,
        Parameter
      >,
      nodes: {
        constructor: {
          type: 'notebook',
          path: 'a.ipynb',
          parameters: JSON.parse('{"__proto__": 1, "toString": 2}') as Record<
            string,
            JsonValue
          >
        }
      }
    });
    const shared = YPipeline.create();
    shared.setSource(text);
    expect(shared.getSource()).toBe(text);
  });

  it('brings names that Yjs trips over to another browser', () => {
    const text = canonicalize({
      version: 1,
      nodes: {
        train: {
          type: 'notebook',
          path: 'train.ipynb',
          parameters: JSON.parse(
            '{"constructor": 5, "deep": [{"__proto__": {"a": 1}}], "kept": {"$json": "2"}}'
          ) as { [name: string]: JsonValue }
        }
      },
      extra: JSON.parse('{"__proto__": 1, "constructor": []}') as JsonValue
    });
    const here = YPipeline.create();
    here.setSource(text);
    const there = YPipeline.create();
    Y.applyUpdate(there.ydoc, Y.encodeStateAsUpdate(here.ydoc));
    expect(here.getSource()).toBe(text);
    expect(there.getSource()).toBe(text);
  });

  it('leaves nothing to save and nothing to undo', () => {
    const shared = YPipeline.create();
    shared.setSource(JSON.stringify(DOCUMENT));
    expect(shared.dirty).toBe(false);
    expect(shared.canUndo()).toBe(false);
    expect(shared.getSource()).toBe(canonicalize(DOCUMENT));
  });

  it('forgets edits when the file is read again', () => {
    const shared = open();
    act(shared, { type: 'remove', nodes: ['train'] });
    shared.setSource(canonicalize(DOCUMENT));
    expect(shared.dirty).toBe(false);
    expect(shared.canUndo()).toBe(false);
    expect(shared.getSource()).toBe(canonicalize(DOCUMENT));
  });
});

describe('editing', () => {
  it('agrees with applyPatch for every kind of change', () => {
    const actions: Action[] = [
      { type: 'add-nodes', files: ['x.py', 'y.R'], position: [0, 100] },
      { type: 'connect', from: 'train', to: 'x' },
      { type: 'set-node-field', ids: ['train'], field: 'retries', value: 2 },
      { type: 'set-default', field: 'kernel', value: 'python3' },
      { type: 'set-default', field: 'kernel', value: undefined },
      { type: 'set-description', value: 'What it does' },
      {
        type: 'set-schedule',
        value: { cron: '0 6 * * *', timezone: undefined, parameters: { a: 1 } }
      },
      { type: 'add-comment', text: 'Note', position: [0, 0, 200, 80] },
      {
        type: 'set-condition',
        edge: 'load>train',
        when: { result: 'rows', op: '>', value: 10 }
      },
      { type: 'rename-parameter', name: 'cutoff', to: 'limit' },
      { type: 'change-id', id: 'load', to: 'read' },
      { type: 'move', positions: { read: [10, 20] } },
      { type: 'duplicate', ids: ['train'] },
      { type: 'remove-parameter', name: 'limit' },
      { type: 'remove', nodes: ['read', 'train', 'x', 'y'] },
      { type: 'remove', comments: ['comment'] }
    ];
    const shared = open();
    let expected = DOCUMENT;
    for (const action of actions) {
      const patch = reduce(shared.toDocument(), action);
      shared.apply(patch);
      expected = applyPatch(expected, patch);
      expect(shared.getSource()).toBe(canonicalize(expected));
    }
  });

  it('marks unsaved changes, also those of undo', () => {
    const shared = open();
    act(shared, { type: 'move', positions: { load: [5, 5] } });
    expect(shared.dirty).toBe(true);
    shared.dirty = false;
    shared.undo();
    expect(shared.dirty).toBe(true);
  });

  it('does nothing for a patch that changes nothing', () => {
    const shared = open();
    const changed = jest.fn();
    shared.changed.connect(changed);
    shared.apply([]);
    expect(shared.dirty).toBe(false);
    expect(changed).not.toHaveBeenCalled();
  });

  it('tells of a change once', () => {
    const shared = open();
    const changed = jest.fn();
    shared.changed.connect((_, change) => {
      if (change.pipelineChange) {
        changed();
      }
    });
    act(shared, { type: 'remove', nodes: ['train'] });
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('keeps the identity of what did not change', () => {
    const shared = open();
    const before = shared.toDocument();
    expect(shared.toDocument()).toBe(before);
    act(shared, { type: 'move', positions: { load: [8, 8] } });
    const moved = shared.toDocument();
    expect(moved).not.toBe(before);
    expect(moved.nodes).toBe(before.nodes);
    expect(moved.edges).toBe(before.edges);
    act(shared, {
      type: 'set-node-field',
      ids: ['train'],
      field: 'retries',
      value: 1
    });
    const edited = shared.toDocument();
    expect(edited.nodes.load).toBe(before.nodes.load);
    expect(edited.nodes.train).not.toBe(before.nodes.train);
    expect(edited.layout).toBe(moved.layout);
  });

  it('keeps the identity of what is the same when the file is read again', () => {
    const shared = open();
    const before = shared.toDocument();
    shared.setSource(
      canonicalize({ ...DOCUMENT, layout: { load: [1, 1], train: [240, 0] } })
    );
    expect(shared.toDocument().nodes.load).toBe(before.nodes.load);
  });
});

describe('undo', () => {
  it('takes back one action at a time, and brings it back', () => {
    const shared = open();
    const texts = [shared.getSource()];
    const actions: Action[] = [
      { type: 'move', positions: { load: [5, 5] } },
      { type: 'remove', nodes: ['train'] },
      { type: 'set-description', value: 'Less' },
      { type: 'set-schedule', value: { cron: '0 6 * * *' } },
      { type: 'set-schedule', value: { cron: '0 7 * * *', timezone: 'UTC' } },
      { type: 'set-schedule', value: undefined }
    ];
    for (const action of actions) {
      act(shared, action);
      texts.push(shared.getSource());
    }
    for (const text of texts.slice(0, -1).reverse()) {
      expect(shared.undo()).toBe(true);
      expect(shared.getSource()).toBe(text);
    }
    expect(shared.canUndo()).toBe(false);
    for (const text of texts.slice(1)) {
      expect(shared.redo()).toBe(true);
      expect(shared.getSource()).toBe(text);
    }
    expect(shared.canRedo()).toBe(false);
  });

  it('brings back an empty block that the file had', () => {
    const shared = open({
      version: 1,
      nodes: { a: DOCUMENT.nodes.load },
      edges: []
    });
    const text = shared.getSource();
    const edge: Patch = [
      { path: ['edges', 'a>b'], value: { from: 'a', to: 'b' } }
    ];
    shared.apply(edge);
    shared.undo();
    expect(shared.getSource()).toBe(text);
  });

  it('takes letters typed into one field as one step', () => {
    const shared = open();
    const text = shared.getSource();
    for (const value of ['W', 'Wh', 'Why']) {
      shared.apply([{ path: ['description'], value }], 'description');
    }
    shared.undo();
    expect(shared.getSource()).toBe(text);
  });
});

describe('a text that is no pipeline', () => {
  it.each([
    '',
    'nonsense',
    '{"version": 2}',
    '{"nodes": {}, "nodes": {}}',
    '<<<<<<< HEAD\n{}\n'
  ])('is kept as it is: %j', text => {
    const shared = YPipeline.create();
    shared.setSource(text);
    expect(shared.unreadable?.text).toBe(text);
    expect(shared.unreadable?.issues.length).toBeGreaterThan(0);
    expect(shared.getSource()).toBe(text);
    shared.apply([{ path: ['description'], value: 'x' }]);
    expect(shared.getSource()).toBe(text);
    expect(shared.dirty).toBe(false);
    shared.setSource(canonicalize(DOCUMENT));
    expect(shared.unreadable).toBeNull();
    expect(shared.getSource()).toBe(canonicalize(DOCUMENT));
  });
});
