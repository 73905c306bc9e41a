import { nullTranslator } from '@jupyterlab/translation';

import { MEASURES, measuresFor } from '../../model/measures';
import { MONITOR_LAW } from '../../model/monitorlaw';
import { measureWords } from '../measurewords';
import { boundsWords, durationWords, formatMeasure } from '../words';

const trans = nullTranslator.load('mlops_ext');

it('has a family, a name and a definition for every measure of the schema', () => {
  const known = MONITOR_LAW.$defs?.measure.enum as string[];
  expect(Object.keys(MEASURES).sort()).toEqual([...known].sort());
  for (const measure of known) {
    const { name, definition } = measureWords(measure, trans);
    expect(name).not.toBe('');
    expect(definition).toMatch(/\.$/);
  }
  expect(measureWords('constructor', trans).name).toBe('constructor');
});

it('offers a regression no measures of classes', () => {
  expect(measuresFor('regression')).toContain('rmse');
  expect(measuresFor('regression')).not.toContain('roc_auc');
  expect(measuresFor('binary')).not.toContain('rmse');
});

it('writes a value with four digits, and none as a dash', () => {
  expect(formatMeasure(0.563421)).toBe('0.5634');
  expect(formatMeasure(7.3e-22)).toBe('7.3e-22');
  expect(formatMeasure(12345.678)).toBe('12346');
  expect(formatMeasure(0)).toBe('0');
  expect(formatMeasure(null)).toBe('–');
  expect(formatMeasure(NaN)).toBe('–');
});

it('says bounds and durations in words', () => {
  expect(boundsWords({ below: 0.8 }, trans)).toBe('below 0.8');
  expect(boundsWords({ outside: [0.8, 1.25] }, trans)).toBe(
    'outside 0.8 to 1.25'
  );
  expect(boundsWords(null, trans)).toBe('');
  expect(durationWords('7d', trans)).toBe('7 days');
  expect(durationWords('1h', trans)).toBe('1 hour');
  expect(durationWords('soon', trans)).toBeNull();
});
