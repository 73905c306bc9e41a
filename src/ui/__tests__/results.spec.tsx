import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { failureSentence } from '../errornote';
import { formatNumber, formatValue, Results, RunResults } from '../results';

const trans = nullTranslator.load('mlops_ext');

describe('values', () => {
  it.each([
    [0.93456789, '0.934568'],
    [12, '12'],
    [1e21, '1e+21'],
    [0.1 + 0.2, '0.3'],
    [0.0000123456789, '1.2346e-5'],
    [123456789.123, '123456789'],
    [-0.5, '-0.5']
  ])('%p is %p', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('are on one line, and hide nothing', () => {
    expect(formatValue('a\n  b\u202e')).toBe('a b⟨U+202E⟩');
    expect(formatValue([1, { a: null }])).toBe('[1,{"a":null}]');
    expect(formatValue(true)).toBe('true');
  });
});

describe('Results', () => {
  it('says what to do where there are none, unless told not to', () => {
    expect(
      renderToStaticMarkup(<Results results={{}} trans={trans} />)
    ).toContain('tagged');
    expect(
      renderToStaticMarkup(
        <Results results={null} empty={null} trans={trans} />
      )
    ).toBe('');
  });

  it('shows the nodes that reported, by their labels', () => {
    const hostile = 'Load <b>';
    const html = renderToStaticMarkup(
      <RunResults
        nodes={{
          a: { label: hostile, results: { rows: 3 } },
          b: { label: null, results: {} }
        }}
        trans={trans}
      />
    );
    expect(html).toContain('Load &lt;b&gt;');
    expect(html).toContain('data-mlops-results="a"');
    expect(html).not.toContain('data-mlops-results="b"');
  });
});

describe('failureSentence', () => {
  const failure = { code: 'x', message: "KeyError: 'age'" };

  it('names the node and the cell, once', () => {
    expect(failureSentence({ ...failure, cell: 7 }, 'Train', trans)).toBe(
      "Train failed in cell 7: KeyError: 'age'"
    );
    expect(failureSentence(failure, 'Train', trans)).toBe(
      "Train failed: KeyError: 'age'"
    );
    expect(failureSentence(failure, null, trans)).toBe("KeyError: 'age'");
    const whole = { code: 'x', message: 'Train failed in cell 7: no' };
    expect(failureSentence(whole, 'Train', trans)).toBe(whole.message);
  });
});
