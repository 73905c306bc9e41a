import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';

import type { Metric } from '../../model/monitor';
import { Metrics } from '../metrics';

const trans = nullTranslator.load('mlops_ext');

function aMetric(check: string, threshold: number): Metric {
  return {
    check,
    kind: 'drift',
    measure: check,
    column: null,
    group: null,
    value: 0.3,
    baseline: null,
    p: 0.5,
    q: 0.5,
    threshold,
    sample: null,
    verdict: 'ok',
    reason: null
  };
}

beforeAll(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

it('says what a threshold is held against: a value, a p, or a corrected p', () => {
  const box = document.createElement('div');
  const root = createRoot(box);
  act(() => {
    root.render(
      <Metrics
        metrics={[
          aMetric('roc_auc', 0.001),
          aMetric('ks', 0.01),
          aMetric('score_psi', 0.25)
        ]}
        checks={{
          roc_auc: { mode: 'p_value' },
          ks: { mode: 'p_value', correction: 'bh' },
          score_psi: { mode: 'absolute' }
        }}
        label={trans.__('Checks')}
        trans={trans}
      />
    );
  });
  const threshold = (check: string) =>
    box.querySelector(`[data-mlops-metric="${check}"]`)?.children[3]
      .textContent;
  expect(threshold('roc_auc')).toBe('p < 0.001');
  expect(threshold('ks')).toBe('q < 0.01');
  expect(threshold('score_psi')).toBe('0.25');
  act(() => {
    root.unmount();
  });
});
