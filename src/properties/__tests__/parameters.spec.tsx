import { DOCUMENT, Desk, NOTHING } from './desk';

let desk: Desk;

beforeEach(() => {
  jest.useFakeTimers();
  desk = new Desk();
});

afterEach(() => {
  desk.dispose();
  jest.useRealTimers();
});

const values = () => desk.document.nodes.train.parameters;

describe('the parameters of a notebook', () => {
  it('are those that it declares, with their defaults', async () => {
    await desk.select('train');
    const cutoff = desk.input('cutoff') as HTMLInputElement;
    expect([cutoff.value, cutoff.placeholder]).toEqual(['', '0.25']);
    expect((desk.input('rows') as HTMLInputElement).placeholder).toBe(
      'needs a value'
    );
    expect(desk.text).toContain('integer');
  });

  it('are written with their type', async () => {
    await desk.select('train');
    desk.type('cutoff', '0.75');
    desk.leave('cutoff');
    desk.type('title', '12');
    desk.leave('title');
    desk.type('columns', '["x"]');
    desk.leave('columns');
    desk.type('rows', '1.5');
    desk.leave('rows');
    expect(values()).toEqual({ cutoff: 0.75, title: '12', columns: ['x'] });
    expect(desk.take()).toHaveLength(3);
    expect(desk.text).toContain('A whole number is needed, such as 10.');
  });

  it('an empty text is a text, and Reset gives the default back', async () => {
    await desk.select('train');
    desk.type('title', 'a');
    desk.pause();
    desk.clear('title');
    desk.pause();
    expect(values()).toEqual({ title: '' });
    await desk.click('Reset');
    expect(values()).toBe(undefined);
  });

  it('more than it declares can be given', async () => {
    await desk.select('train');
    await desk.click('Add a parameter');
    desk.type('name', 'depth');
    desk.type('value', '5');
    desk.leave('value');
    expect(values()).toEqual({ depth: 5 });
    expect(desk.take()).toHaveLength(1);
    await desk.click('Remove depth');
    expect(values()).toBe(undefined);
  });
});

describe('a link', () => {
  const LINK = 'Take the value of rows from elsewhere';
  const CHOICE = 'Where rows comes from';

  const groups = () =>
    [...desk.input(CHOICE).querySelectorAll('optgroup')].map(group => [
      group.label,
      ...[...group.children].map(option => option.textContent)
    ]);

  it('offers the pipeline’s parameters and results of nodes before', async () => {
    await desk.select('train');
    await desk.click(LINK);
    await desk.show();
    expect(groups()).toEqual([
      ['Pipeline', 'cutoff'],
      ['Load data', 'rows']
    ]);
    desk.choose(CHOICE, 'result load rows');
    expect(values()).toEqual({ rows: { from: 'nodes.load.results.rows' } });
    expect(desk.text).toContain('rows ← Load data');
    expect(desk.take()).toHaveLength(1);
    await desk.click('Unlink rows');
    expect(values()).toBe(undefined);
  });

  it('to the pipeline is shown as such', async () => {
    await desk.select('train');
    await desk.click('Take the value of cutoff from elsewhere');
    desk.choose('Where cutoff comes from', 'parameter cutoff');
    expect(values()).toEqual({ cutoff: { from: 'parameters.cutoff' } });
    expect(desk.text).toContain('cutoff ← pipeline');
  });

  it('to a node that does not run before offers the edge', async () => {
    await desk.select('train');
    await desk.click(LINK);
    desk.choose(CHOICE, 'other');
    desk.choose('Node', 'side');
    desk.type('Name of the result', 'count');
    await desk.click('Link');
    expect(values()).toEqual({ rows: { from: 'nodes.side.results.count' } });
    expect(desk.text).toContain('side does not run before this node.');
    desk.take();
    await desk.click('Add the edge from side');
    expect(desk.take()).toEqual([
      { type: 'connect', from: 'side', to: 'train' }
    ]);
    expect(desk.text).not.toContain('does not run before');
  });

  it('never offers what runs after', async () => {
    await desk.select('load');
    await desk.click('Add a parameter');
    desk.type('name', 'x');
    desk.leave('name');
    await desk.click('Take the value of x from elsewhere');
    desk.choose('Where x comes from', 'other');
    const nodes = desk.input('Node') as HTMLSelectElement;
    expect([...nodes.options].map(({ value }) => value)).toEqual(['side']);
  });
});

describe('the pipeline', () => {
  it('has parameters that one adds, renames and removes', async () => {
    await desk.show({ selection: NOTHING });
    await desk.click('Add a parameter');
    expect(desk.document.parameters?.parameter).toEqual({
      type: 'string',
      default: ''
    });
    desk.choose('Type of parameter', 'integer');
    expect(desk.document.parameters?.parameter).toEqual({
      type: 'integer',
      default: 0
    });
    desk.type('Default of parameter', '7');
    desk.leave('Default of parameter');
    desk.type('Description of parameter', 'How many');
    desk.pause();
    expect(desk.document.parameters?.parameter).toEqual({
      type: 'integer',
      default: 7,
      description: 'How many'
    });
    await desk.click('Remove parameter');
    expect(Object.keys(desk.document.parameters!)).toEqual(['cutoff']);
    expect(desk.take()).toHaveLength(5);
  });

  it('has a description and defaults', async () => {
    await desk.show({ selection: NOTHING });
    desk.type('Description', 'Churn');
    desk.pause();
    await desk.click('Defaults');
    desk.type('Timeout', '2h');
    desk.leave('Timeout');
    expect(desk.take()).toEqual([
      { type: 'set-description', value: 'Churn' },
      { type: 'set-default', field: 'timeout', value: '2h' }
    ]);
  });
});

describe('an edge', () => {
  const select = () =>
    desk.show({ selection: { ...NOTHING, edges: ['load>train'] } });

  it('gets its condition as soon as it is whole', async () => {
    await select();
    desk.choose('When', 'if');
    desk.type('Result of Load data', 'rows');
    desk.pause();
    expect(desk.take()).toEqual([]);
    desk.choose('Comparison', '>');
    desk.type('Value', '100');
    desk.pause();
    expect(desk.take()).toEqual([
      {
        type: 'set-condition',
        edge: 'load>train',
        when: { result: 'rows', op: '>', value: 100 }
      }
    ]);
    desk.choose('When', 'always');
    expect(desk.document.edges).toEqual(DOCUMENT.edges);
  });
});

it('a comment is written, and told what it is about', async () => {
  await desk.show({ selection: { ...NOTHING, comments: ['note'] } });
  desk.type('Text', 'Look');
  desk.pause();
  desk.choose('About', 'train');
  expect(desk.document.comments).toEqual({
    note: { text: 'Look', nodes: ['train'] }
  });
});
