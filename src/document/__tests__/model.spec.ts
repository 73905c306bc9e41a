import { canonicalize } from '../../model/canonical';
import { PipelineModel, PipelineModelFactory } from '../model';

const GOOD = canonicalize({
  version: 1,
  nodes: { a: { type: 'notebook', path: 'a.ipynb' } }
});
const BROKEN = '{"version": 1, "nodes": {\r\n  "a": ';

const factory = new PipelineModelFactory();

afterAll(() => factory.dispose());

function open(text: string): PipelineModel {
  const model = factory.createNew();
  model.fromString(text);
  return model;
}

describe('PipelineModel', () => {
  it('gives back the canonical text of a pipeline', () => {
    const model = open(JSON.stringify(JSON.parse(GOOD)));
    expect(model.toString()).toBe(GOOD);
    expect(model.toJSON()).toEqual(JSON.parse(GOOD));
    expect(model.dirty).toBe(false);
    expect(model.readOnly).toBe(false);
  });

  it('tells of unsaved changes and of content', () => {
    const model = open(GOOD);
    const states: unknown[] = [];
    const content = jest.fn();
    model.stateChanged.connect((_, { name, newValue }) =>
      states.push([name, newValue])
    );
    model.contentChanged.connect(content);
    model.sharedModel.apply([{ path: ['description'], value: 'x' }]);
    expect(content).toHaveBeenCalledTimes(1);
    expect(states).toEqual([['dirty', true]]);
  });

  it('keeps the text of a file that it cannot read, and writes nothing', () => {
    const model = open(BROKEN);
    expect(model.unreadable?.issues.length).toBeGreaterThan(0);
    expect(model.readOnly).toBe(true);
    expect(model.toString()).toBe(BROKEN);
    model.dirty = true;
    expect(model.dirty).toBe(false);
    expect(model.toString()).toBe(BROKEN);
  });

  it('opens when the text is mended, and tells so', () => {
    const model = open(BROKEN);
    const states: unknown[] = [];
    model.stateChanged.connect((_, { name, newValue }) =>
      states.push([name, newValue])
    );
    model.fromString(GOOD);
    expect(model.unreadable).toBeNull();
    expect(model.readOnly).toBe(false);
    expect(states).toEqual([['readOnly', false]]);
    expect(model.toString()).toBe(GOOD);
  });

  it('takes an empty file, of which no text comes, for one it cannot read', () => {
    const model = factory.createNew();
    expect(model.unreadable).toBeNull();
    model.settle();
    expect(model.unreadable?.text).toBe('');
    expect(model.toString()).toBe('');
    model.dispose();
    expect(model.isDisposed).toBe(true);
  });
});
