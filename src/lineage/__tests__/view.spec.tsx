/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import { settle } from '../../api/__tests__/fakes';
import type { FileUse, Lineage } from '../../api/client';
import { LineageView, nowSentence } from '../view';

const trans = nullTranslator.load('mlops_ext');
const HOSTILE = '"><img src=x onerror=alert(1)>';

const use = (run: string, sha256: string | null, label = 'Load'): FileUse => ({
  run,
  node: 'load',
  label,
  pipeline: 'a/b.pipeline',
  time: '2026-11-25T09:00:00.000Z',
  sha256
});

const lineage = (change: Partial<Lineage> = {}): Lineage => ({
  path: 'data/clean.parquet',
  sha256: 'b'.repeat(64),
  made: [use('r2', 'b'.repeat(64)), use('r1', 'a'.repeat(64))],
  read: [],
  ...change
});

describe('nowSentence', () => {
  it('tells where the file that is there comes from', () => {
    const sentence = (change: Partial<Lineage>) =>
      nowSentence(lineage(change), trans);
    expect(sentence({})).toMatch('as the newest of these runs left it');
    expect(sentence({ sha256: 'a'.repeat(64) })).toMatch('an earlier run');
    expect(sentence({ sha256: 'c'.repeat(64) })).toMatch('changed after');
    expect(sentence({ sha256: null })).toMatch('not there any more');
    expect(sentence({ made: [] })).toMatch('did not come from a run');
    expect(sentence({ made: [], sha256: null })).toMatch('no such file');
  });
});

describe('LineageView', () => {
  let root: Root;
  let box: HTMLElement;
  const shown: string[][] = [];

  beforeEach(() => {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    box = document.createElement('div');
    document.body.appendChild(box);
    root = createRoot(box);
  });

  afterEach(() => {
    act(() => root.unmount());
    box.remove();
  });

  async function show(answer: () => Promise<Lineage>): Promise<void> {
    const client = {
      lineage: answer,
      now: () => Date.parse('2026-11-25T10:00:00.000Z')
    };
    await act(async () => {
      root.render(
        <LineageView
          path="data/clean.parquet"
          client={client}
          onShowRun={(...args) => shown.push(args)}
          trans={trans}
        />
      );
      await settle();
    });
  }

  it('lists who made and who read it, and leads to the run', async () => {
    const read = [use('r3', 'b'.repeat(64), HOSTILE)];
    await show(() => Promise.resolve(lineage({ read })));
    expect(box.querySelectorAll('tbody tr')).toHaveLength(3);
    expect(box.querySelector('img')).toBeNull();
    expect(box.textContent).toContain('bbbbbbbbbbbbas now');
    act(() => box.querySelector<HTMLElement>('tbody button')!.click());
    expect(shown).toEqual([['r2', 'load']]);
  });

  it('says why nothing can be told', async () => {
    await show(() => Promise.reject(new Error('It lies outside.')));
    expect(box.querySelector('[role=alert]')?.textContent).toBe(
      'It lies outside.'
    );
  });
});
