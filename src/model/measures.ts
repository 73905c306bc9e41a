/** What each measure is about, as far as a screen must know it. */
import type { Bounds, CheckMode } from './monitor';

/** Estimated quality is a family of its own: it is never drawn with what was measured. */
export type Family =
  'quality' | 'estimate' | 'drift' | 'output' | 'fairness' | 'data';

export const FAMILIES: readonly Family[] = [
  'quality',
  'estimate',
  'drift',
  'output',
  'fairness',
  'data'
];

/** Which values of it are good. */
export type Better = 'higher' | 'lower' | 'zero' | 'one' | 'none';

export interface Measure {
  family: Family;
  better: Better;
  /** Has one value for each feature. */
  perColumn?: boolean;
  problems?: readonly string[];
}

const CLASSES = ['binary', 'multiclass'] as const;
const REGRESSION = ['regression'] as const;
const BINARY = ['binary'] as const;

export const MEASURES: Readonly<Record<string, Measure>> = {
  roc_auc: { family: 'quality', better: 'higher', problems: CLASSES },
  average_precision: { family: 'quality', better: 'higher', problems: CLASSES },
  accuracy: { family: 'quality', better: 'higher', problems: CLASSES },
  precision: { family: 'quality', better: 'higher', problems: CLASSES },
  recall: { family: 'quality', better: 'higher', problems: CLASSES },
  f1: { family: 'quality', better: 'higher', problems: CLASSES },
  log_loss: { family: 'quality', better: 'lower', problems: CLASSES },
  brier: { family: 'quality', better: 'lower', problems: BINARY },
  rmse: { family: 'quality', better: 'lower', problems: REGRESSION },
  mae: { family: 'quality', better: 'lower', problems: REGRESSION },
  r2: { family: 'quality', better: 'higher', problems: REGRESSION },
  mape: { family: 'quality', better: 'lower', problems: REGRESSION },
  estimated_accuracy: {
    family: 'estimate',
    better: 'higher',
    problems: CLASSES
  },
  predicted_accuracy_drop: {
    family: 'estimate',
    better: 'lower',
    problems: CLASSES
  },
  psi: { family: 'drift', better: 'zero', perColumn: true },
  ks: { family: 'drift', better: 'zero', perColumn: true },
  chi2: { family: 'drift', better: 'zero', perColumn: true },
  js: { family: 'drift', better: 'zero', perColumn: true },
  wasserstein: { family: 'drift', better: 'zero', perColumn: true },
  domain_auc: { family: 'drift', better: 'none' },
  score_psi: { family: 'output', better: 'zero' },
  prediction_psi: { family: 'output', better: 'zero' },
  disparate_impact: { family: 'fairness', better: 'one', problems: CLASSES },
  statistical_parity: { family: 'fairness', better: 'zero', problems: CLASSES },
  equal_opportunity: { family: 'fairness', better: 'zero', problems: CLASSES },
  average_odds: { family: 'fairness', better: 'zero', problems: CLASSES },
  missing: { family: 'data', better: 'zero', perColumn: true },
  out_of_range: { family: 'data', better: 'zero', perColumn: true },
  new_category: { family: 'data', better: 'zero', perColumn: true },
  type_change: { family: 'data', better: 'zero', perColumn: true },
  duplicates: { family: 'data', better: 'zero' },
  rows: { family: 'data', better: 'none' }
};

const UNKNOWN: Measure = { family: 'data', better: 'none' };

export function measureOf(name: string): Measure {
  return Object.hasOwn(MEASURES, name) ? MEASURES[name] : UNKNOWN;
}

/** The measures that a problem has, in the order of families. */
export function measuresFor(problem: string): string[] {
  return Object.keys(MEASURES).filter(
    name => MEASURES[name].problems?.includes(problem) ?? true
  );
}

/** How far a value lies on the bad side, to tell the worst of several. */
export function badness(
  value: number,
  measure: string,
  bounds: Bounds | null
): number {
  if (bounds?.outside) {
    const [low, high] = bounds.outside;
    return Math.abs(value - (low + high) / 2);
  }
  if (bounds?.above !== undefined) {
    return value;
  }
  if (bounds?.below !== undefined) {
    return -value;
  }
  switch (measureOf(measure).better) {
    case 'higher':
      return -value;
    case 'one':
      return Math.abs(value - 1);
    case 'lower':
      return value;
    default:
      return Math.abs(value);
  }
}

/** Of these the effect is a share of the baseline's value, not a difference to it. */
const RELATIVE: readonly string[] = ['rmse', 'mae', 'mape'];

/**
 * The bounds that can be drawn on the axis of the values. What is held against
 * a difference to the baseline is drawn where the baseline is known; a check
 * by p-value judges significance: what its values must be beyond is the effect.
 * The statistic of chi-squared has none: it grows with the rows.
 */
export function drawnBounds(
  check: {
    measure: string;
    mode?: CheckMode;
    warn: Bounds | null;
    alert: Bounds | null;
    effect?: Bounds | null;
  },
  baseline: number | null
): { warn: Bounds | null; alert: Bounds | null } {
  const { mode = 'absolute', measure, warn, alert, effect = null } = check;
  const from = (bounds: Bounds | null) =>
    baseline === null || bounds === null
      ? null
      : moved(bounds, value =>
          mode === 'p_value' && RELATIVE.includes(measure)
            ? baseline * (1 + value)
            : baseline + value
        );
  if (mode === 'absolute') {
    return { warn, alert };
  }
  if (mode === 'delta') {
    return { warn: from(warn), alert: from(alert) };
  }
  if (measure === 'chi2') {
    return { warn: null, alert: null };
  }
  const isQuality = measureOf(measure).family === 'quality';
  return { warn: null, alert: isQuality ? from(effect) : effect };
}

function moved(bounds: Bounds, to: (value: number) => number): Bounds {
  const { below, above, outside } = bounds;
  return {
    ...(below === undefined ? {} : { below: to(below) }),
    ...(above === undefined ? {} : { above: to(above) }),
    ...(outside === undefined
      ? {}
      : { outside: [to(outside[0]), to(outside[1])] })
  };
}
