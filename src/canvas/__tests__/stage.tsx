/** A page to render the canvas on, with what jsdom lacks. */
import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import type { Action } from '../../model/actions';
import type { Issue, PipelineDocument, Selection } from '../../model/document';
import type { NodeRun, Run } from '../../model/run';
import Canvas from '../canvas';
import type { CanvasController, CanvasProps } from '../props';

class NoResizeObserver {
  observe(): void {
    // Nothing has a size in jsdom.
  }
  unobserve(): void {
    // As above.
  }
  disconnect(): void {
    // As above.
  }
}

/** What xyflow and the canvas use of a browser. */
export function prepareBrowser(): void {
  Object.assign(globalThis, {
    IS_REACT_ACT_ENVIRONMENT: true,
    ResizeObserver: NoResizeObserver,
    DOMMatrixReadOnly: class {
      m22 = 1;
    },
    CSS: { escape: (text: string) => text.replace(/(["\\])/g, '\\$1') }
  });
}

export const trans = nullTranslator.load('mlops_ext');
export const NOTHING: Selection = { nodes: [], edges: [], comments: [] };

/** What a person called a node: no text of ours, that would be translated. */
export const named = (label: string) => ({ label });

export const DOCUMENT: PipelineDocument = {
  version: 1,
  nodes: {
    load: { type: 'notebook', path: 'load.ipynb', ...named('Load data') },
    train: { type: 'notebook', path: 'models/train.ipynb' },
    report: { type: 'script', path: 'report.py' },
    wait: { type: 'approval' }
  },
  edges: [
    { from: 'load', to: 'train' },
    {
      from: 'train',
      to: 'report',
      when: { result: 'auc', op: '>=', value: 0.8 }
    }
  ],
  comments: { weekly: { text: 'Runs **weekly**', nodes: ['train'] } },
  layout: {
    load: [0, 0],
    train: [280, 0],
    report: [560, 0],
    wait: [0, 88],
    weekly: [280, 88, 160, 64]
  }
};

export function nodeRun(changes: Partial<NodeRun>): NodeRun {
  return {
    type: 'notebook',
    label: null,
    state: 'queued',
    reason: null,
    reused: false,
    reused_from: null,
    attempts: 1,
    started: null,
    finished: null,
    seconds: null,
    cell: null,
    cells: null,
    results: {},
    outputs: {},
    notebook: null,
    log: null,
    error: null,
    ...changes
  };
}

export function makeRun(nodes: Record<string, Partial<NodeRun>>): Run {
  return {
    version: 1,
    id: 'r1',
    workspace: '',
    pipeline: 'a.pipeline',
    pipeline_sha256: '',
    runtime: 'local',
    mode: 'in-place',
    state: 'running',
    reason: null,
    parameters: {},
    created: '2026-11-23T18:00:00.000Z',
    started: null,
    finished: null,
    seconds: null,
    source: null,
    directory: '',
    error: null,
    max_parallel: null,
    select: null,
    provenance: null,
    remote: null,
    seq: 1,
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([id, changes]) => [id, nodeRun(changes)])
    )
  };
}

export function makeIssue(changes: Partial<Issue>): Issue {
  return {
    severity: 'error',
    code: 'missing-file',
    pointer: '/nodes/train/path',
    node: 'train',
    message: 'There is no train.ipynb.',
    hint: 'Choose another file.',
    ...changes
  };
}

/** The canvas in a page, and what it told. */
export class Stage {
  constructor() {
    this.box = document.createElement('div');
    document.body.appendChild(this.box);
    this._root = createRoot(this.box);
  }

  readonly box: HTMLElement;
  readonly actions: Action[] = [];
  readonly selections: Selection[] = [];
  readonly opened: string[] = [];
  readonly issues: Issue[] = [];
  controller: CanvasController | null = null;

  show(changes: Partial<CanvasProps> = {}): void {
    this._props = { ...this._props, ...changes };
    act(() => this._root.render(<Canvas {...this._props} />));
  }

  /** A node's frame. */
  node(id: string): HTMLElement {
    return this.box.querySelector<HTMLElement>(`[data-mlops-node="${id}"]`)!;
  }

  edge(key: string): SVGElement {
    return this.box.querySelector<SVGElement>(`[data-mlops-edge="${key}"]`)!;
  }

  press(element: Element, key: string, more: KeyboardEventInit = {}): void {
    act(() => {
      element.dispatchEvent(
        new KeyboardEvent('keydown', {
          key,
          bubbles: true,
          cancelable: true,
          ...more
        })
      );
    });
  }

  dispose(): void {
    act(() => this._root.unmount());
    this.box.remove();
  }

  private readonly _root: Root;
  private _props: CanvasProps = {
    document: DOCUMENT,
    issues: [],
    run: null,
    selection: NOTHING,
    readOnly: false,
    trans,
    onAction: action => this.actions.push(action),
    onSelect: selection => this.selections.push(selection),
    onOpenNode: id => this.opened.push(id),
    onShowIssue: issue => this.issues.push(issue),
    controller: controller => {
      this.controller = controller;
    }
  };
}
