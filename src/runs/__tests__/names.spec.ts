import { aNode, aRun } from '../../api/__tests__/fakes';
import {
  firstFailure,
  formatBytes,
  pipelineName,
  runFolder,
  runName,
  sameNames
} from '../names';

describe('names', () => {
  it('calls a pipeline by its file', () => {
    const run = aRun('a', { workspace: 'w', pipeline: 'a b/churn.pipeline' });
    expect(runName(run)).toBe('churn');
    expect(runFolder(run)).toBe('w/a b');
    expect(pipelineName('.pipeline')).toBe('.pipeline');
    expect(pipelineName('x/\u202egnp.pipeline')).toBe('⟨U+202E⟩gnp');
  });

  it('knows which names need their folder', () => {
    const run = (pipeline: string) => aRun('a', { pipeline });
    expect([
      ...sameNames([
        run('a/x.pipeline'),
        run('a/x.pipeline'),
        run('b/x.pipeline'),
        run('y.pipeline')
      ])
    ]).toEqual(['x']);
  });

  it('finds the node that failed first', () => {
    const run = aRun('a', {
      nodes: {
        a: aNode({ state: 'failed', finished: '2026-11-23T10:00:09.000Z' }),
        b: aNode({ state: 'failed', finished: '2026-11-23T10:00:03.000Z' }),
        c: aNode({ state: 'succeeded' })
      }
    });
    expect(firstFailure(run)?.[0]).toBe('b');
    expect(firstFailure(aRun('b'))).toBeNull();
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1482394, '1.4 MB'],
    [150 * 1024 * 1024, '150 MB'],
    [1023 * 1024, '1.0 MB']
  ])('%p bytes are %p', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
