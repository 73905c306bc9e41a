import { Signal } from '@lumino/signaling';

import type { RunStore } from '../../api/runs';
import type { NodeRun, Run, RunState } from '../../model/run';
import { RunView } from '../following';

const PATH = 'work/p.pipeline';

function node(state: RunState): NodeRun {
  return { type: 'notebook', label: null, state, finished: '2026' } as NodeRun;
}

function run(id: string, state: RunState, nodes: Run['nodes'] = {}): Run {
  const created = `2026-11-2${id}T00:00:00Z`;
  return { id, state, created, nodes, workspace: '', pipeline: PATH } as Run;
}

/** A store of which a test says what it knows. */
class Runs {
  readonly changed = new Signal<this, string[]>(this);
  readonly known: Run[] = [];

  put(next: Run): void {
    const others = this.known.filter(({ id }) => id !== next.id);
    this.known.splice(0, this.known.length, next, ...others);
    this.known.sort((a, b) => (a.created < b.created ? 1 : -1));
    this.changed.emit([next.id]);
  }

  get(id: string): Run | null {
    return this.known.find(each => each.id === id) ?? null;
  }

  summary(id: string): Run | null {
    return this.get(id);
  }

  latestFor(): Run | null {
    return this.known.at(0) ?? null;
  }

  fetchLatest(): Promise<Run | null> {
    return Promise.resolve(this.latestFor());
  }

  watch(): { dispose(): void; isDisposed: boolean } {
    return { dispose: () => undefined, isDisposed: false };
  }
}

describe('RunView', () => {
  let runs: Runs;
  let view: RunView;
  let failed: string[];

  beforeEach(() => {
    runs = new Runs();
    view = new RunView(runs as unknown as RunStore, () => PATH);
    failed = [];
    view.failed.connect((_, id) => failed.push(id));
  });

  afterEach(() => view.dispose());

  it('follows a run that goes on when the pipeline is opened', async () => {
    runs.known.push(run('1', 'running'));
    await view.find();
    expect(view.onCanvas?.id).toBe('1');
    expect(view.isActive).toBe(true);
  });

  it('keeps a run that ended before from the canvas', async () => {
    runs.known.push(run('1', 'failed', { a: node('failed') }));
    await view.find();
    expect(view.run?.id).toBe('1');
    expect(view.onCanvas).toBeNull();
    expect(failed).toEqual([]);
  });

  it('follows a run that was started elsewhere', () => {
    runs.put(run('1', 'queued'));
    expect(view.onCanvas?.id).toBe('1');
  });

  it('tells the first failure once', () => {
    runs.put(run('1', 'running', { a: node('running'), b: node('queued') }));
    runs.put(run('1', 'running', { a: node('failed'), b: node('running') }));
    runs.put(run('1', 'running', { a: node('failed'), b: node('failed') }));
    runs.put(run('1', 'failed', { a: node('failed'), b: node('failed') }));
    runs.put(run('1', 'failed', { a: node('failed'), b: node('failed') }));
    expect(failed).toEqual(['a']);
  });

  it('stays with a run that goes on when another is started', () => {
    runs.put(run('1', 'running'));
    runs.put(run('2', 'running'));
    expect(view.run?.id).toBe('1');
    view.follow('2');
    expect(view.run?.id).toBe('2');
  });

  it('shows the states until the pipeline is edited', () => {
    runs.put(run('1', 'running'));
    view.edited();
    expect(view.onCanvas?.id).toBe('1');
    runs.put(run('1', 'succeeded'));
    expect(view.onCanvas?.id).toBe('1');
    view.edited();
    expect(view.onCanvas).toBeNull();
    expect(view.run?.id).toBe('1');
  });
});
