/** A page to render the panel on: it does what the actions say, and keeps them. */
import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import type { Inspection, NotebookParameter } from '../../api/client';
import { reduce } from '../../model/actions';
import type { Action } from '../../model/actions';
import type { PipelineDocument, Selection } from '../../model/document';
import { applyPatch } from '../../model/patch';
import Properties from '../properties';
import type { PropertiesClient, PropertiesProps } from '../props';

export const NOTHING: Selection = { nodes: [], edges: [], comments: [] };

/** What a person called a node: no text of ours, that would be translated. */
export const named = (label: string) => ({ label });

export const DOCUMENT: PipelineDocument = {
  version: 1,
  parameters: { cutoff: { type: 'number', default: 0.5 } },
  defaults: { kernel: 'python3', retries: 1, env: { REGION: 'eu' } },
  nodes: {
    load: { type: 'notebook', path: 'load.ipynb', ...named('Load data') },
    train: { type: 'notebook', path: 'train.ipynb', outputs: ['model.bin'] },
    side: { type: 'script', path: 'side.py', timeout: '30m' }
  },
  edges: [{ from: 'load', to: 'train' }],
  comments: { note: { text: 'Hm' } }
};

const parameter = (
  name: string,
  type: string | null,
  value?: NotebookParameter['default']
): NotebookParameter => ({
  name,
  type,
  default: value ?? null,
  has_default: value !== undefined,
  help: ''
});

export function inspection(
  path: string,
  parameters: NotebookParameter[] = [],
  results: string[] = []
): Inspection {
  return {
    path,
    exists: true,
    inside: true,
    is_file: true,
    error: null,
    notebook: {
      kernel: 'python3',
      language: 'python',
      parameters,
      results,
      has_parameters_cell: parameters.length > 0
    }
  };
}

const FILES: Record<string, Inspection> = {
  'load.ipynb': inspection('load.ipynb', [], ['rows']),
  'train.ipynb': inspection('train.ipynb', [
    parameter('cutoff', 'number', 0.25),
    parameter('rows', 'integer'),
    parameter('title', 'string', 'A title'),
    parameter('columns', 'list', ['a'])
  ])
};

export const CLIENT: PropertiesClient = {
  inspect: path =>
    path in FILES
      ? Promise.resolve(FILES[path])
      : Promise.reject(new Error('gone')),
  kernels: () =>
    Promise.resolve([
      { name: 'python3', display_name: 'Python 3', language: 'python' },
      { name: 'ir', display_name: 'R', language: 'R' }
    ]),
  secrets: () =>
    Promise.resolve({
      where: 'a file',
      names: [{ name: 'churn-api', changed: null }]
    }),
  undeclared: () => Promise.resolve({ nodes: {} })
};

/** Let the server answer, and the panel show it. */
async function settle(): Promise<void> {
  await act(async () => {
    for (let i = 0; i < 20; i++) {
      await Promise.resolve();
    }
  });
}

type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export class Desk {
  constructor() {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    this.box = document.createElement('div');
    document.body.appendChild(this.box);
    this._root = createRoot(this.box);
  }

  readonly box: HTMLElement;
  actions: Action[] = [];

  get document(): PipelineDocument {
    return this._props.document;
  }

  /** Render, and let the server answer. */
  async show(changes: Partial<PropertiesProps> = {}): Promise<void> {
    this._props = { ...this._props, ...changes };
    act(() => this._root.render(<Properties {...this._props} />));
    await settle();
  }

  select(...nodes: string[]): Promise<void> {
    return this.show({ selection: { ...NOTHING, nodes } });
  }

  /** The input that a label, or an aria-label, names. */
  input(label: string): Input {
    const labels = [...this.box.querySelectorAll('label')];
    const found = labels.find(each => each.textContent.startsWith(label));
    const input = found
      ? document.getElementById(found.htmlFor)
      : this.box.querySelector(`[aria-label="${label}"]`);
    if (!input) {
      throw new Error(`No input is called ${label}.`);
    }
    return input as Input;
  }

  button(label: string): HTMLButtonElement {
    const found = [...this.box.querySelectorAll('button')].find(
      each => each.title === label || each.textContent.includes(label)
    );
    if (!found) {
      throw new Error(`No button is called ${label}.`);
    }
    return found;
  }

  async click(label: string): Promise<void> {
    const button = this.button(label);
    act(() => button.click());
    await settle();
  }

  /** Type a text, letter by letter, without leaving the field. */
  type(label: string, text: string): void {
    const input = this.input(label);
    act(() => input.focus());
    for (let length = 1; length <= text.length; length++) {
      this._put(input, text.slice(0, length), 'input');
    }
  }

  clear(label: string): void {
    this._put(this.input(label), '', 'input');
  }

  choose(label: string, value: string): void {
    this._put(this.input(label), value, 'change');
  }

  leave(label: string): void {
    const input = this.input(label);
    act(() => input.blur());
  }

  pause(): void {
    act(() => {
      jest.advanceTimersByTime(350);
    });
  }

  /** The actions since the last time. */
  take(): Action[] {
    const { actions } = this;
    this.actions = [];
    return actions;
  }

  get text(): string {
    return this.box.textContent ?? '';
  }

  dispose(): void {
    act(() => this._root.unmount());
    this.box.remove();
  }

  private _put(input: Input, value: string, event: string): void {
    act(() => {
      const { set } = Object.getOwnPropertyDescriptor(
        Object.getPrototypeOf(input) as object,
        'value'
      )!;
      set!.call(input, value);
      input.dispatchEvent(new Event(event, { bubbles: true }));
    });
  }

  private readonly _root: Root;
  private _props: PropertiesProps = {
    document: DOCUMENT,
    selection: NOTHING,
    issues: [],
    run: null,
    readOnly: false,
    trans: nullTranslator.load('mlops_ext'),
    client: CLIENT,
    onAction: action => {
      this.actions.push(action);
      this._props = {
        ...this._props,
        document: applyPatch(this.document, reduce(this.document, action))
      };
      this._root.render(<Properties {...this._props} />);
    }
  };
}
