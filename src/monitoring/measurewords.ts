/** What each measure is called, and what its number means: said on hover. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Family } from '../model/measures';
import { safeLine } from '../ui/safetext';

export interface MeasureWords {
  name: string;
  /** What the number says, and which values are good. */
  definition: string;
}

export function measureWords(
  measure: string,
  trans: TranslationBundle
): MeasureWords {
  const words = Object.hasOwn(WORDS, measure) ? WORDS[measure](trans) : null;
  return words
    ? { name: words[0], definition: words[1] }
    : { name: safeLine(measure, 60), definition: '' };
}

export function familyWords(
  family: Family,
  trans: TranslationBundle
): { name: string; question: string } {
  switch (family) {
    case 'quality':
      return {
        name: trans.__('Quality'),
        question: trans.__('How often is the model right? Needs labels.')
      };
    case 'estimate':
      return {
        name: trans.__('Estimated quality'),
        question: trans.__(
          'How often is it probably right? A guess from its scores, for as long as labels are missing.'
        )
      };
    case 'drift':
      return {
        name: trans.__('Drift of features'),
        question: trans.__(
          'Does the data that comes in differ from the baseline?'
        )
      };
    case 'output':
      return {
        name: trans.__('Drift of predictions'),
        question: trans.__('Does the model answer otherwise than it did?')
      };
    case 'fairness':
      return {
        name: trans.__('Fairness'),
        question: trans.__('Are groups treated alike?')
      };
    default:
      return {
        name: trans.__('Data'),
        question: trans.__('Is what comes in complete, and of the right kind?')
      };
  }
}

type Words = (trans: TranslationBundle) => [name: string, definition: string];

const WORDS: Readonly<Record<string, Words>> = {
  roc_auc: trans => [
    trans.__('ROC AUC'),
    trans.__(
      'How often a positive row has a higher score than a negative one: 1 is perfect, 0.5 is chance.'
    )
  ],
  average_precision: trans => [
    trans.__('Average precision'),
    trans.__(
      'Precision, averaged over all thresholds: 1 is perfect, the share of positives is chance.'
    )
  ],
  accuracy: trans => [
    trans.__('Accuracy'),
    trans.__('The share of rows that are predicted right.')
  ],
  precision: trans => [
    trans.__('Precision'),
    trans.__('Of the rows predicted positive, the share that are.')
  ],
  recall: trans => [
    trans.__('Recall'),
    trans.__('Of the positive rows, the share that are found.')
  ],
  f1: trans => [
    trans.__('F1'),
    trans.__('The harmonic mean of precision and recall: 1 is perfect.')
  ],
  log_loss: trans => [
    trans.__('Log loss'),
    trans.__(
      'How surprised the scores are by the labels: 0 is perfect, lower is better.'
    )
  ],
  brier: trans => [
    trans.__('Brier score'),
    trans.__(
      'The mean squared difference of score and label: 0 is perfect, lower is better.'
    )
  ],
  rmse: trans => [
    trans.__('RMSE'),
    trans.__(
      'The root of the mean squared error, in the unit of the target: lower is better.'
    )
  ],
  mae: trans => [
    trans.__('MAE'),
    trans.__(
      'The mean absolute error, in the unit of the target: lower is better.'
    )
  ],
  r2: trans => [
    trans.__('R²'),
    trans.__(
      'The share of the variation that is explained: 1 is perfect, 0 is the mean as a guess.'
    )
  ],
  mape: trans => [
    trans.__('MAPE'),
    trans.__('The mean error as a share of the true value: lower is better.')
  ],
  estimated_accuracy: trans => [
    trans.__('Estimated accuracy'),
    trans.__(
      'The accuracy that the scores promise, if they are as well calibrated as on the baseline. No labels are needed; a change in the relation between features and labels is not seen.'
    )
  ],
  predicted_accuracy_drop: trans => [
    trans.__('Predicted accuracy drop'),
    trans.__(
      'How much accuracy is lost, as a second model predicts that learned from the baseline where the first one errs: 0 is none.'
    )
  ],
  psi: trans => [
    trans.__('PSI'),
    trans.__(
      'Population stability index: how far the shares of ten bins moved from the baseline. 0 is no change, above 0.2 is a large one; with small batches it is larger by chance.'
    )
  ],
  ks: trans => [
    trans.__('Kolmogorov–Smirnov'),
    trans.__(
      'The largest distance between the two cumulative distributions: 0 is the same, 1 is no overlap.'
    )
  ],
  chi2: trans => [
    trans.__('Chi-squared'),
    trans.__(
      'Whether the categories are as frequent as in the baseline: a small p says that they are not.'
    )
  ],
  js: trans => [
    trans.__('Jensen–Shannon distance'),
    trans.__(
      'The distance of the two distributions: 0 is the same, 1 is no overlap.'
    )
  ],
  wasserstein: trans => [
    trans.__('Wasserstein distance'),
    trans.__(
      'How far values moved on average, in standard deviations of the baseline: 0 is no change.'
    )
  ],
  domain_auc: trans => [
    trans.__('Domain classifier'),
    trans.__(
      'How well a model tells rows of the batch from rows of the baseline, by all features together: 0.5 is not at all, 1 is always.'
    )
  ],
  score_psi: trans => [
    trans.__('PSI of the score'),
    trans.__(
      'How far the shares of ten bins of the score moved: 0 is no change.'
    )
  ],
  prediction_psi: trans => [
    trans.__('PSI of the prediction'),
    trans.__('How far the shares of the predictions moved: 0 is no change.')
  ],
  disparate_impact: trans => [
    trans.__('Disparate impact'),
    trans.__(
      'The rate of favourable predictions of the monitored group over that of the reference group: 1 is equal, below 0.8 is commonly called unfair.'
    )
  ],
  statistical_parity: trans => [
    trans.__('Statistical parity'),
    trans.__(
      'The rate of favourable predictions of the monitored group minus that of the reference group: 0 is equal.'
    )
  ],
  equal_opportunity: trans => [
    trans.__('Equal opportunity'),
    trans.__(
      'How often those who deserve it are favoured, the monitored group minus the reference group: 0 is equal.'
    )
  ],
  average_odds: trans => [
    trans.__('Average odds'),
    trans.__(
      'The mean of the differences in true and in false positive rates between the groups: 0 is equal.'
    )
  ],
  missing: trans => [
    trans.__('Missing values'),
    trans.__('The share of rows that have no value.')
  ],
  out_of_range: trans => [
    trans.__('Out of range'),
    trans.__('The share of values outside what the baseline has.')
  ],
  new_category: trans => [
    trans.__('New categories'),
    trans.__('The share of values that the baseline does not have.')
  ],
  type_change: trans => [
    trans.__('Change of type'),
    trans.__('Whether a column holds another kind of value than the baseline.')
  ],
  duplicates: trans => [
    trans.__('Duplicates'),
    trans.__('The share of rows that are there more than once.')
  ],
  rows: trans => [trans.__('Rows'), trans.__('How many rows the batch has.')]
};
