/** @jest-environment jsdom */
import type { Undeclared } from '../../api/client';
import { CLIENT, Desk } from './desk';

const UNDECLARED: Undeclared = {
  nodes: {
    train: {
      run: 'r1',
      files: ['data/x.csv', 'features.py'],
      outputs: ['model.bin', 'report.html']
    },
    gone: { run: 'r1', files: ['y.csv'], outputs: [] }
  }
};

let desk: Desk;
const client = { ...CLIENT, undeclared: () => Promise.resolve(UNDECLARED) };

beforeEach(() => {
  desk = new Desk();
});

afterEach(() => desk.dispose());

describe('what a run used and the node does not declare', () => {
  it('is told while its group is folded', async () => {
    await desk.show({ client });
    await desk.select('train');
    expect(desk.text).toContain(
      'The last run used 3 files that are not declared.'
    );
    await desk.select('load');
    expect(desk.text).not.toContain('not declared');
  });

  it('is declared with one click, each or all', async () => {
    await desk.show({ client });
    await desk.select('train');
    await desk.click('Files and outputs');
    await desk.click('Declare data/x.csv');
    expect(desk.document.nodes.train.files).toEqual(['data/x.csv']);
    await desk.click('Declare features.py');
    expect(desk.document.nodes.train.files).toEqual([
      'data/x.csv',
      'features.py'
    ]);
    // What is declared already is not offered.
    expect(desk.text).not.toContain('Declare all');
    await desk.click('Declare report.html');
    expect(desk.document.nodes.train.outputs).toEqual([
      'model.bin',
      'report.html'
    ]);
    expect(desk.text).not.toContain('not declared');
    expect(desk.take().map(({ type }) => type)).toEqual([
      'set-node-field',
      'set-node-field',
      'set-node-field'
    ]);
  });

  it('is declared all at once as one step', async () => {
    await desk.show({ client });
    await desk.select('train');
    await desk.click('Files and outputs');
    await desk.click('Declare all 2');
    expect(desk.document.nodes.train.files).toEqual([
      'data/x.csv',
      'features.py'
    ]);
    expect(desk.take()).toHaveLength(1);
  });

  it('is not offered where nothing can be changed', async () => {
    await desk.show({ client, readOnly: true });
    await desk.select('train');
    await desk.click('Files and outputs');
    expect(desk.box.querySelector('.mlops-Finds')).toBeNull();
  });
});
