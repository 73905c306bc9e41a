import { act } from 'react';

import type { PipelineDocument } from '../../model/document';
import {
  DOCUMENT,
  NOTHING,
  Stage,
  makeIssue,
  makeRun,
  named,
  prepareBrowser
} from './stage';

beforeAll(prepareBrowser);

let stage: Stage;

beforeEach(() => {
  jest.useFakeTimers();
  stage = new Stage();
});

afterEach(() => {
  stage.dispose();
  jest.useRealTimers();
});

describe('a node', () => {
  it('shows its name, its file, and that it was not run', () => {
    stage.show();
    const load = stage.node('load');
    expect(load.dataset.state).toBe('idle');
    expect(load.textContent).toContain('Load data');
    expect(load.textContent).toContain('load.ipynb');
    expect(load.getAttribute('aria-label')).toBe(
      'Load data, Notebook, Not run yet'
    );
    expect(stage.node('train').textContent).toContain('train');
    expect(stage.node('wait').textContent).toContain('Approval');
  });

  it('shows its state as data, word and progress', () => {
    stage.show({
      run: makeRun({
        load: { state: 'succeeded', reused: true },
        train: { state: 'running', cell: 3, cells: 12 },
        report: { state: 'skipped', reason: 'condition' },
        wait: { state: 'waiting' }
      })
    });
    expect(stage.node('load').dataset.state).toBe('succeeded');
    expect(stage.node('load').textContent).toContain('reused');
    expect(stage.node('train').textContent).toContain('cell 3 of 12');
    expect(stage.node('train').querySelector('.mlops-card-progress')).not.toBe(
      null
    );
    expect(stage.node('report').textContent).toContain('skipped: condition');
    expect(stage.node('wait').getAttribute('aria-label')).toContain('Waiting');
  });

  it('tells where and how it failed', () => {
    stage.show({
      run: makeRun({
        load: { state: 'succeeded', seconds: 1.23 },
        train: {
          state: 'failed',
          reason: 'error',
          error: {
            code: 'error',
            message: "KeyError: 'age'",
            hint: '',
            cell: 7,
            exit_code: 1
          }
        }
      })
    });
    expect(stage.node('load').textContent).toContain('1.2 s');
    expect(stage.node('train').textContent).toContain('failed in cell 7');
    const face = stage.node('train').querySelector('.mlops-card-face');
    expect(face?.getAttribute('title')).toContain("KeyError: 'age'");
  });

  it('counts its issues, and a click leads to the worst of them', () => {
    const warning = makeIssue({ severity: 'warning', message: 'Hm.' });
    const error = makeIssue({});
    stage.show({ issues: [warning, error] });
    const badge = stage.node('train').querySelector('button')!;
    expect(badge.textContent).toBe('2');
    expect(badge.title).toBe(
      'Hm. Choose another file.\nThere is no train.ipynb. Choose another file.'
    );
    act(() => badge.click());
    expect(stage.issues).toEqual([error]);
    expect(stage.node('train').getAttribute('aria-label')).toContain(
      '2 problems'
    );
  });

  it('of a type that does not run here, or is not known, is shown', () => {
    const document: PipelineDocument = {
      version: 1,
      nodes: {
        op: { type: 'operator', operator: 'a.B' },
        odd: { type: 'mystery', ...named('a\u202eb') }
      }
    };
    stage.show({ document });
    const card = stage.node('op').querySelector('.mlops-card')!;
    expect(card.classList).toContain('mlops-mod-foreign');
    expect(stage.node('odd').textContent).toContain('Unknown type');
    expect(stage.node('odd').textContent).toContain('a⟨U+202E⟩b');
  });

  it('is drawn anew only when something about it changed', () => {
    const run = makeRun({ load: { state: 'running' }, train: {} });
    stage.show({ run });
    const face = (id: string) =>
      stage.node(id).querySelector('.mlops-card-face')!;
    const before = face('train').innerHTML;
    const seen: Node[] = [];
    const observer = new MutationObserver(records =>
      seen.push(...records.map(({ target }) => target))
    );
    observer.observe(stage.box, { subtree: true, childList: true });
    stage.show({
      run: {
        ...run,
        nodes: { ...run.nodes, load: { ...run.nodes.load, state: 'failed' } }
      }
    });
    const records = observer.takeRecords();
    observer.disconnect();
    expect(stage.node('load').dataset.state).toBe('failed');
    expect(face('train').innerHTML).toBe(before);
    expect(
      [...seen, ...records.map(({ target }) => target)].some(target =>
        stage.node('train').contains(target)
      )
    ).toBe(false);
  });
});

describe('an edge', () => {
  it('is named, and shows its condition', () => {
    stage.show();
    expect(stage.edge('load>train').getAttribute('aria-label')).toBe(
      'Edge from Load data to train'
    );
    expect(stage.edge('train>report').getAttribute('aria-label')).toBe(
      'Edge from train to report if auc ≥ 0.8'
    );
  });

  it('moves into a running node, and dims where it is not taken', () => {
    stage.show({
      run: makeRun({
        load: { state: 'succeeded' },
        train: { state: 'running' },
        report: {}
      })
    });
    expect(stage.edge('load>train').classList).toContain('mlops-mod-running');
    expect(stage.edge('train>report').classList).toContain('mlops-mod-idle');
    stage.show({
      run: makeRun({
        load: { state: 'succeeded' },
        train: { state: 'succeeded', results: { auc: 0.7 } },
        report: { state: 'skipped', reason: 'condition' }
      })
    });
    expect(stage.edge('load>train').classList).toContain('mlops-mod-done');
    expect(stage.edge('train>report').classList).toContain('mlops-mod-dead');
  });
});

describe('the selection', () => {
  it('comes from outside', () => {
    stage.show({
      selection: { nodes: ['train'], edges: [], comments: ['weekly'] }
    });
    expect(stage.node('train').classList).toContain('selected');
    expect(
      stage.box.querySelector('[data-mlops-comment="weekly"]')?.classList
    ).toContain('selected');
    stage.show({ selection: NOTHING });
    expect(stage.node('train').classList).not.toContain('selected');
    expect(stage.selections).toEqual([]);
  });

  it('by the keyboard is told, and Enter again opens', () => {
    stage.show();
    stage.press(stage.node('load'), 'Enter');
    expect(stage.selections).toEqual([{ ...NOTHING, nodes: ['load'] }]);
    stage.show({ selection: stage.selections[0] });
    stage.press(stage.node('load'), 'Enter');
    expect(stage.opened).toEqual(['load']);
  });

  it('of a menu is the node that was clicked', () => {
    stage.show();
    act(() => {
      stage
        .node('train')
        .dispatchEvent(new MouseEvent('contextmenu', { bubbles: true }));
    });
    expect(stage.selections).toEqual([{ ...NOTHING, nodes: ['train'] }]);
  });
});

describe('the keyboard', () => {
  it('goes from a node to its edges and on to the next node', () => {
    stage.show();
    act(() => stage.controller?.focus());
    const visited: (string | null)[] = [];
    for (let i = 0; i < 5; i++) {
      visited.push(document.activeElement!.getAttribute('data-id'));
      stage.press(document.activeElement!, 'Tab');
    }
    expect(visited).toEqual([
      'load',
      'load>train',
      'train',
      'train>report',
      'report'
    ]);
    stage.press(stage.node('train'), 'Tab', { shiftKey: true });
    expect(document.activeElement).toBe(stage.edge('load>train'));
  });

  it('moves what is selected: one action for a burst', () => {
    stage.show({ selection: { ...NOTHING, nodes: ['load'] } });
    stage.press(stage.node('load'), 'ArrowRight');
    stage.press(stage.node('load'), 'ArrowRight');
    stage.press(stage.node('load'), 'ArrowDown');
    expect(stage.actions).toEqual([]);
    // What arrives meanwhile does not take the move back.
    stage.show({ run: makeRun({ load: { state: 'running' } }) });
    act(() => {
      jest.advanceTimersByTime(500);
    });
    expect(stage.actions).toEqual([
      { type: 'move', positions: { load: [16, 8] } }
    ]);
  });

  it('moves and removes nothing where one may not', () => {
    stage.show({
      readOnly: true,
      selection: { ...NOTHING, nodes: ['load'] }
    });
    stage.press(stage.node('load'), 'ArrowRight');
    stage.press(stage.node('load'), 'Delete');
    stage.press(stage.node('load'), 'Backspace');
    act(() => {
      jest.advanceTimersByTime(500);
    });
    expect(stage.actions).toEqual([]);
    expect(stage.box.querySelector('.mlops-mod-readOnly')).not.toBe(null);
  });
});

describe('a comment', () => {
  const note = () =>
    stage.box.querySelector<HTMLElement>(
      '[data-mlops-comment="weekly"] .mlops-note'
    )!;

  it('is text with marks, and never HTML', () => {
    stage.show({
      document: {
        ...DOCUMENT,
        comments: { weekly: { text: '<img src=x> **now**' } }
      }
    });
    expect(note().querySelector('img')).toBe(null);
    expect(note().querySelector('strong')?.textContent).toBe('now');
  });

  it('is edited in place', () => {
    stage.show();
    act(() => {
      note().dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    });
    const area = note().querySelector('textarea')!;
    act(() => {
      const { set } = Object.getOwnPropertyDescriptor(
        HTMLTextAreaElement.prototype,
        'value'
      )!;
      set!.call(area, 'Runs daily');
      area.dispatchEvent(new Event('input', { bubbles: true }));
    });
    stage.press(area, 'Enter', { ctrlKey: true });
    expect(stage.actions).toEqual([
      { type: 'set-comment', id: 'weekly', text: 'Runs daily' }
    ]);
    expect(stage.opened).toEqual([]);
  });
});

it('an empty canvas says what to do first', () => {
  const onOpenExample = jest.fn();
  stage.show({ document: { version: 1, nodes: {} }, onOpenExample });
  expect(stage.box.textContent).toContain(
    'Drop notebooks here, or press + to add one'
  );
  const button = stage.box.querySelector<HTMLButtonElement>(
    '.mlops-canvas-empty button'
  )!;
  act(() => button.click());
  expect(onOpenExample).toHaveBeenCalledWith();
});

it('tells who does not see it what changed in a run', () => {
  const live = () => stage.box.querySelector('.jp-sr-only')!.textContent;
  const run = makeRun({ load: { state: 'running' }, train: {} });
  stage.show({ run });
  expect(live()).toBe('');
  stage.show({
    run: makeRun({ load: { state: 'failed' }, train: { state: 'skipped' } })
  });
  expect(live()).toBe('Load data: Failed');
});

it('gives its controller, and takes it back', () => {
  stage.show();
  expect(stage.controller?.toFlow(10, 20)).toEqual([8, 24]);
  act(() => stage.controller?.center('train'));
  stage.dispose();
  expect(stage.controller).toBe(null);
  stage = new Stage();
});
