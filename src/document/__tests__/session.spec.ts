import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import type { FileReport } from '../../api/client';
import type { IMlopsApi } from '../../api/tokens';
import { canonicalize } from '../../model/canonical';
import type { Issue, PipelineDocument } from '../../model/document';
import { PipelineModel } from '../model';
import { PipelineSession } from '../session';

const DOCUMENT: PipelineDocument = {
  version: 1,
  nodes: {
    load: { type: 'notebook', path: 'load.ipynb' },
    train: { type: 'notebook', path: 'train.ipynb' }
  },
  edges: [{ from: 'load', to: 'train' }],
  layout: { load: [0, 0], train: [240, 0] }
};

const MISSING: Issue = {
  severity: 'error',
  code: 'missing-file',
  pointer: '/nodes/train/path',
  node: 'train',
  message: "Node train: 'train.ipynb' cannot be used.",
  hint: 'There is no such file.'
};

/** What JupyterLab gives to an open document. */
class Context {
  readonly model = new PipelineModel();
  readonly saveState = new Signal<this, DocumentRegistry.SaveState>(this);
  readonly pathChanged = new Signal<this, string>(this);
  readonly contentsModel = { writable: true };
  readonly path = 'work/p.pipeline';
  readonly localPath = 'work/p.pipeline';
  readonly ready = Promise.resolve();
  saves = 0;

  save(): Promise<void> {
    this.saves += 1;
    return Promise.resolve();
  }

  revert(): Promise<void> {
    return Promise.resolve();
  }
}

describe('PipelineSession', () => {
  let context: Context;
  let session: PipelineSession;
  let asked: string[];
  let answer: Issue[];

  async function open(text: string): Promise<void> {
    asked = [];
    answer = [];
    context = new Context();
    context.model.fromString(text);
    const runs = {
      changed: new Signal<object, string[]>({}),
      fetchLatest: () => Promise.resolve(null),
      latestFor: () => null
    };
    const client = {
      now: () => Date.now(),
      validate: (_: string, content: string): Promise<FileReport> => {
        asked.push(content);
        const path = 'work/p.pipeline';
        return Promise.resolve({
          path,
          format: 'mlops-1',
          valid: true,
          issues: answer
        });
      }
    };
    session = new PipelineSession({
      context: context as unknown as DocumentRegistry.IContext<PipelineModel>,
      api: { client, runs } as unknown as IMlopsApi,
      db: null,
      trans: nullTranslator.load('mlops_ext')
    });
    await session.opened;
    // It is looked at when it has been painted.
    await new Promise(resolve => window.setTimeout(resolve, 0));
  }

  afterEach(() => session.dispose());

  it('asks the server about a pipeline that is opened, as canonical text', async () => {
    await open(JSON.stringify(DOCUMENT));
    expect(asked).toEqual([canonicalize(DOCUMENT)]);
  });

  it('selects what is added and forgets what is gone', async () => {
    await open(canonicalize(DOCUMENT));
    session.dispatch({
      type: 'add-nodes',
      files: ['x.py', 'y.py'],
      position: [0, 200]
    });
    expect(session.selection.nodes).toEqual(['x', 'y']);
    session.undo();
    expect(session.selection.nodes).toEqual([]);
    expect(session.document()).toEqual(DOCUMENT);
  });

  it('keeps what the server said of nodes that do not change', async () => {
    await open(canonicalize(DOCUMENT));
    const retry = (id: string) =>
      session.dispatch({
        type: 'set-node-field',
        ids: [id],
        field: 'retries',
        value: 2
      });
    answer = [MISSING];
    await session.issues.check();
    expect(session.issues.issues).toEqual([MISSING]);
    retry('load');
    expect(session.issues.issues).toEqual([MISSING]);
    retry('train');
    expect(session.issues.issues).toEqual([]);
  });

  it('does not look again for what is only moved', async () => {
    await open(canonicalize(DOCUMENT));
    answer = [MISSING];
    await session.issues.check();
    session.dispatch({ type: 'move', positions: { train: [8, 8] } });
    expect(session.issues.issues).toEqual([MISSING]);
  });

  it('leads to the node and the field of an issue', async () => {
    await open(canonicalize(DOCUMENT));
    session.goTo(MISSING);
    expect(session.selection.nodes).toEqual(['train']);
    expect(session.field).toEqual({
      node: 'train',
      pointer: '/nodes/train/path'
    });
    session.goTo({ ...MISSING, node: null, pointer: '/edges/0/when' });
    expect(session.selection.edges).toEqual(['load>train']);
  });

  it('writes what can be read', async () => {
    await open(canonicalize(DOCUMENT));
    await context.save();
    expect(context.saves).toBe(1);
  });

  it('never writes what cannot be read, and asks nobody about it', async () => {
    await open('{"version": 1');
    expect(session.readOnly).toBe(true);
    await expect(context.save()).rejects.toThrow('cannot be read');
    session.dispatch({ type: 'set-description', value: 'x' });
    expect(context.saves).toBe(0);
    expect(context.model.toString()).toBe('{"version": 1');
    expect(asked).toEqual([]);
  });

  it('makes a pipeline of an empty file when it is told to', async () => {
    await open('');
    session.start();
    expect(session.readOnly).toBe(false);
    expect(context.model.dirty).toBe(true);
    expect(context.model.toString()).toBe(
      canonicalize({ version: 1, nodes: {} })
    );
  });
});
