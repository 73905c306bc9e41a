import { act } from 'react';

import type { Issue } from '../../model/document';
import { DOCUMENT, Desk, NOTHING, named } from './desk';

let desk: Desk;

beforeEach(() => {
  jest.useFakeTimers();
  desk = new Desk();
});

afterEach(() => {
  desk.dispose();
  jest.useRealTimers();
});

const issue = (changes: Partial<Issue>): Issue => ({
  severity: 'error',
  code: 'x',
  pointer: '/nodes/train/path',
  node: 'train',
  message: 'There is no such file.',
  hint: 'Choose another.',
  ...changes
});

describe('one edit is one action', () => {
  it('when the typing pauses, and none more when the field is left', async () => {
    await desk.select('train');
    desk.type('Name', 'Train it');
    expect(desk.take()).toEqual([]);
    desk.pause();
    desk.leave('Name');
    expect(desk.take()).toEqual([
      { type: 'rename-node', id: 'train', ...named('Train it') }
    ]);
  });

  it('when the field is left before', async () => {
    await desk.select('train');
    desk.type('Name', 'Train it');
    desk.leave('Name');
    desk.pause();
    expect(desk.take()).toHaveLength(1);
  });

  it('also when another node is selected while one types', async () => {
    await desk.select('train');
    desk.type('Name', 'Train it');
    await desk.select('load');
    expect(desk.take()).toEqual([
      { type: 'rename-node', id: 'train', ...named('Train it') }
    ]);
    expect(desk.input('Name').value).toBe('Load data');
  });

  it('of a path only when it is left', async () => {
    await desk.select('train');
    desk.type('File', 'other.ipynb');
    desk.pause();
    expect(desk.take()).toEqual([]);
    desk.leave('File');
    expect(desk.take()).toEqual([
      {
        type: 'set-node-field',
        ids: ['train'],
        field: 'path',
        value: 'other.ipynb'
      }
    ]);
    await desk.show();
  });

  it('and Escape takes back what is not written yet', async () => {
    await desk.select('train');
    desk.type('File', 'other.ipynb');
    act(() => {
      desk
        .input('File')
        .dispatchEvent(
          new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })
        );
    });
    desk.leave('File');
    expect(desk.take()).toEqual([]);
    expect(desk.input('File').value).toBe('train.ipynb');
  });
});

describe('a field that is left empty', () => {
  it('shows the name that the canvas has', async () => {
    await desk.select('train');
    expect(desk.input('Name').value).toBe('');
    expect(desk.input('Name').getAttribute('placeholder')).toBe('train');
  });
});

describe('what is typed', () => {
  it('is understood as people write it', async () => {
    await desk.select('train');
    await desk.click('Retries and time');
    await desk.click('Resources');
    desk.type('Timeout', '30 M');
    desk.leave('Timeout');
    desk.type('Memory', '4 GB');
    desk.leave('Memory');
    expect(desk.document.nodes.train).toMatchObject({
      timeout: '30m',
      resources: { memory: '4G' }
    });
  });

  it('stays and is explained while it is no value', async () => {
    await desk.select('train');
    await desk.click('Retries and time');
    desk.type('Retries', 'often');
    desk.leave('Retries');
    expect(desk.take()).toEqual([]);
    expect(desk.input('Retries').value).toBe('often');
    expect(desk.text).toContain('This must be a whole number from 0 to 100.');
    expect(desk.input('Retries').getAttribute('aria-invalid')).toBe('true');
  });
});

describe('what is inherited', () => {
  it('is shown as the pipeline’s, and can be taken back', async () => {
    await desk.select('train');
    await desk.click('Retries and time');
    const retries = () => desk.input('Retries') as HTMLInputElement;
    expect(retries().value).toBe('');
    expect(retries().placeholder).toBe('1');
    expect(desk.text).toContain('from the pipeline');
    desk.type('Retries', '3');
    desk.pause();
    desk.leave('Retries');
    expect(desk.document.nodes.train.retries).toBe(3);
    desk.take();
    await desk.click('Use the pipeline’s');
    expect(desk.take()).toEqual([
      {
        type: 'set-node-field',
        ids: ['train'],
        field: 'retries',
        value: undefined
      }
    ]);
    expect(retries().placeholder).toBe('1');
  });

  it('is also a kernel, and a variable', async () => {
    await desk.select('train');
    await desk.click('Environment');
    const kernel = desk.input('Kernel') as HTMLSelectElement;
    expect(kernel.selectedOptions[0].text).toBe('Python 3, inherited');
    expect(desk.text).toContain('REGION');
    await desk.click('Change');
    expect(desk.document.nodes.train.env).toEqual({ REGION: 'eu' });
  });
});

it('a kernel that is missing is said to be', async () => {
  const nodes = {
    ...DOCUMENT.nodes,
    train: { ...DOCUMENT.nodes.train, kernel: 'gone' }
  };
  await desk.show({ document: { ...DOCUMENT, nodes } });
  await desk.select('train');
  expect(desk.text).toContain('gone is missing: choose one');
  desk.choose('Kernel', 'ir');
  expect(desk.document.nodes.train.kernel).toBe('ir');
});

describe('several nodes', () => {
  it('show what they have in common', async () => {
    await desk.select('train', 'side');
    await desk.click('Retries and time');
    const timeout = desk.input('Timeout') as HTMLInputElement;
    expect(timeout.placeholder).toBe('several values');
    expect(() => desk.input('File')).toThrow();
    desk.type('Timeout', '1h');
    desk.leave('Timeout');
    expect(desk.take()).toEqual([
      {
        type: 'set-node-field',
        ids: ['train', 'side'],
        field: 'timeout',
        value: '1h'
      }
    ]);
  });
});

it('several nodes keep the rest of what they differ in', async () => {
  const nodes = {
    ...DOCUMENT.nodes,
    load: { ...DOCUMENT.nodes.load, resources: { gpu: 1, cpu: 2 } }
  };
  await desk.show({ document: { ...DOCUMENT, nodes } });
  await desk.select('load', 'train');
  await desk.click('Resources');
  const cpu = desk.input('CPU') as HTMLInputElement;
  expect(cpu.placeholder).toBe('several values');
  desk.type('CPU', '4');
  desk.leave('CPU');
  expect(desk.document.nodes.load.resources).toEqual({ gpu: 1, cpu: 4 });
  expect(desk.document.nodes.train.resources).toEqual({ cpu: 4 });
});

describe('issues', () => {
  it('stand at their field, and the others at the top', async () => {
    await desk.show({
      issues: [
        issue({}),
        issue({ pointer: '/nodes/train/outputs/0', message: 'Twice made.' }),
        issue({ pointer: '', code: 'cycle', node: null, nodes: ['train'] }),
        issue({ node: 'load', pointer: '/nodes/load', message: 'Not here.' })
      ]
    });
    await desk.select('train');
    await desk.click('Files and outputs');
    const at = (pointer: string) =>
      desk.box.querySelector(`[data-mlops-field="${pointer}"]`)!.textContent;
    expect(at('/nodes/train/path')).toContain('There is no such file.');
    expect(at('/nodes/train/outputs/0')).toContain('Twice made.');
    expect(desk.text).not.toContain('Not here.');
    const top = desk.box.querySelector(
      '.mlops-Properties > .mlops-Field-issues'
    );
    expect(top?.textContent).toContain('There is no such file.');
  });

  it('lead to their field, opening what is folded', async () => {
    await desk.select('train');
    await desk.show({
      focusField: { node: 'train', pointer: '/nodes/train/outputs/0' }
    });
    act(() => {
      jest.advanceTimersByTime(100);
    });
    expect(document.activeElement).toBe(desk.input('Outputs, line 1'));
  });
});

describe('lists and variables', () => {
  it('a file is added, changed and removed', async () => {
    await desk.select('train');
    await desk.click('Files and outputs');
    await desk.click('Add an output');
    desk.type('New line of Outputs', 'data/*.csv');
    desk.leave('New line of Outputs');
    expect(desk.document.nodes.train.outputs).toEqual([
      'model.bin',
      'data/*.csv'
    ]);
    await desk.click('Remove model.bin');
    expect(desk.document.nodes.train.outputs).toEqual(['data/*.csv']);
    expect(desk.take()).toHaveLength(2);
  });

  it('a variable is a text, or a secret by its name', async () => {
    await desk.select('train');
    await desk.click('Environment');
    await desk.click('Add a variable');
    desk.type('Name of the variable', 'TOKEN');
    desk.leave('Name of the variable');
    desk.type('Value of TOKEN', 'abc');
    desk.pause();
    expect(desk.document.nodes.train.env).toEqual({ TOKEN: 'abc' });
    await desk.click('Use a secret instead');
    await desk.show();
    desk.choose('Secret of TOKEN', 'churn-api');
    expect(desk.document.nodes.train.env).toEqual({
      TOKEN: { secret: 'churn-api' }
    });
    await desk.click('Remove TOKEN');
    expect(desk.document.nodes.train.env).toBe(undefined);
  });
});

it('nothing can be changed where one may not', async () => {
  await desk.show({ readOnly: true });
  await desk.select('train');
  const inputs = desk.box.querySelectorAll<HTMLInputElement>(
    'input, select, textarea'
  );
  expect(inputs.length).toBeGreaterThan(3);
  expect([...inputs].every(input => input.disabled)).toBe(true);
});

it('a node of an unknown type is shown as it is', async () => {
  await desk.show({
    document: { version: 1, nodes: { odd: { type: 'mystery' } } },
    selection: { ...NOTHING, nodes: ['odd'] }
  });
  expect(desk.text).toContain('does not know the type “mystery”');
  expect(desk.box.querySelector('pre')?.textContent).toContain('"mystery"');
});
