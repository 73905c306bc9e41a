/* Made from schemas/monitor.v1.json by "jlpm gen". Do not edit. */

/**
 * What the monitor is for, for people.
 */
export type Description = string;
/**
 * What people call the model.
 */
export type Name = string;
/**
 * The model's file. Its versions are told by its content; it is never loaded.
 */
export type File = string;
/**
 * What the model predicts: one of two classes, one of several, or a number.
 */
export type Problem = 'binary' | 'multiclass' | 'regression';
/**
 * The name of a column: at most 500 characters, no NUL.
 */
export type Id = string;
/**
 * The name of a column: at most 500 characters, no NUL.
 */
export type Time = string;
/**
 * The name of a column: at most 500 characters, no NUL.
 */
export type Label = string;
/**
 * The name of a column: at most 500 characters, no NUL.
 */
export type Prediction = string;
/**
 * Column with the model's probability; of several classes, a column for each class.
 */
export type Score =
  | Column
  | {
      [k: string]: Column;
    };
/**
 * The name of a column: at most 500 characters, no NUL.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "column".
 */
export type Column = string;
/**
 * The class that the score is the probability of.
 */
export type PositiveClass = string | number | boolean;
/**
 * Predictions that are good for the person concerned.
 *
 * @minItems 1
 * @maxItems 1000
 */
export type FavourableOutcomes = [Value, ...Value[]];
/**
 * A text, a number, true or false.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "value".
 */
export type Value = string | number | boolean;
/**
 * The name of a column: at most 500 characters, no NUL.
 */
export type Column1 = string;
/**
 * Its values for the group that is looked after.
 *
 * @minItems 1
 * @maxItems 1000
 */
export type Monitored = [Value, ...Value[]];
/**
 * Its values for the group it is compared with.
 *
 * @minItems 1
 * @maxItems 1000
 */
export type Reference = [Value, ...Value[]];
/**
 * Groups that must be treated alike.
 *
 * @maxItems 50
 */
export type SensitiveGroups = SensitiveGroup[];
/**
 * Data to compare with: .csv, .parquet or .jsonl.
 */
export type File1 = string;
/**
 * A file, or a pattern such as scored/*.csv: each file that it finds is a batch.
 */
export type Files = string;
/**
 * Column that splits one table into batches; null: a file is a batch.
 */
export type SplitBy = string | null;
/**
 * Where labels come that are not in the batches; null: nowhere.
 */
export type Labels = Labels1 | null;
/**
 * A file, or a pattern such as labels/*.csv, with the columns of id and label.
 */
export type Files1 = string;
/**
 * How long labels take to come, such as 7d.
 */
export type LabelDelay = string;
/**
 * A batch with fewer rows is not judged.
 */
export type FewestRows = number;
/**
 * What is computed.
 */
export type Measure =
  | 'roc_auc'
  | 'average_precision'
  | 'accuracy'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'log_loss'
  | 'brier'
  | 'rmse'
  | 'mae'
  | 'r2'
  | 'mape'
  | 'psi'
  | 'ks'
  | 'chi2'
  | 'js'
  | 'wasserstein'
  | 'score_psi'
  | 'prediction_psi'
  | 'domain_auc'
  | 'estimated_accuracy'
  | 'predicted_accuracy_drop'
  | 'disparate_impact'
  | 'statistical_parity'
  | 'equal_opportunity'
  | 'average_odds'
  | 'missing'
  | 'out_of_range'
  | 'new_category'
  | 'type_change'
  | 'duplicates'
  | 'rows';
/**
 * Columns that it is computed of; absent: all features.
 *
 * @minItems 1
 * @maxItems 5000
 */
export type Columns1 = [Column, ...Column[]];
/**
 * How the values of several classes become one.
 */
export type Average = 'macro' | 'weighted';
/**
 * What thresholds are held against: the value, its difference from the baseline's, or the probability of seeing it without a change.
 */
export type Compare = 'absolute' | 'delta' | 'p_value';
/**
 * How probabilities of several columns are corrected for their number.
 */
export type Correction = 'none' | 'bonferroni' | 'bh';
/**
 * Beyond it when the value is smaller than the first or larger than the second.
 *
 * @minItems 2
 * @maxItems 2
 */
export type Range = [number, number];
/**
 * An alert opens when so many of the last so many evaluations are beyond it: [2, 3] is two of three.
 *
 * @minItems 2
 * @maxItems 2
 */
export type HowOften = [number, number];
/**
 * Cron expression with five fields.
 */
export type Cron = string;
/**
 * Time zone by its IANA name; absent: UTC.
 */
export type TimeZone = string;
/**
 * Who is told of a new alert.
 *
 * @maxItems 20
 */
export type Notify =
  | []
  | [Notice]
  | [Notice, Notice]
  | [Notice, Notice, Notice]
  | [Notice, Notice, Notice, Notice]
  | [Notice, Notice, Notice, Notice, Notice]
  | [Notice, Notice, Notice, Notice, Notice, Notice]
  | [Notice, Notice, Notice, Notice, Notice, Notice, Notice]
  | [Notice, Notice, Notice, Notice, Notice, Notice, Notice, Notice]
  | [Notice, Notice, Notice, Notice, Notice, Notice, Notice, Notice, Notice]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ]
  | [
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice,
      Notice
    ];
/**
 * Name of the secret that holds the address to which an alert is sent.
 */
export type Secret = string;
/**
 * Pipeline that makes a new version of the model.
 */
export type Pipeline = string;
/**
 * A small letter, then at most 62 small letters, digits, _ or -.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "node".
 */
export type Node = string;
/**
 * A path, without NUL characters.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "path".
 */
export type Path = string;
/**
 * What is computed of both.
 */
export type Measure1 =
  | 'roc_auc'
  | 'average_precision'
  | 'accuracy'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'log_loss'
  | 'brier'
  | 'rmse'
  | 'mae'
  | 'r2'
  | 'mape'
  | 'psi'
  | 'ks'
  | 'chi2'
  | 'js'
  | 'wasserstein'
  | 'score_psi'
  | 'prediction_psi'
  | 'domain_auc'
  | 'estimated_accuracy'
  | 'predicted_accuracy_drop'
  | 'disparate_impact'
  | 'statistical_parity'
  | 'equal_opportunity'
  | 'average_odds'
  | 'missing'
  | 'out_of_range'
  | 'new_category'
  | 'type_change'
  | 'duplicates'
  | 'rows';
/**
 * How the values of several classes become one.
 */
export type Average1 = 'macro' | 'weighted';
/**
 * By how much the new version must be better at least; 0: not worse.
 */
export type Gain = number;
/**
 * Between which values the new version must lie.
 *
 * @minItems 2
 * @maxItems 2
 */
export type Within = [number, number];
/**
 * Whether a new version that passes its gates takes the old one's place: when a person says so, at once, or never.
 */
export type Promote = 'ask' | 'auto' | 'never';
/**
 * How long after a refresh no other is begun by itself.
 */
export type CoolDown = string;
/**
 * A letter or _, then at most 62 letters, digits or _, and no Python keyword.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "checkName".
 */
export type CheckName = string;
/**
 * A time such as 90s, 30m, 2h or 7d.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "duration".
 */
export type Duration = string;
/**
 * The name of a secret: a letter or digit, then at most 99 letters, digits, _, . or -.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "secretName".
 */
export type SecretName = string;
/**
 * @minItems 1
 * @maxItems 1000
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "values".
 */
export type Values = [Value, ...Value[]];
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "measure".
 */
export type Measure2 =
  | 'roc_auc'
  | 'average_precision'
  | 'accuracy'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'log_loss'
  | 'brier'
  | 'rmse'
  | 'mae'
  | 'r2'
  | 'mape'
  | 'psi'
  | 'ks'
  | 'chi2'
  | 'js'
  | 'wasserstein'
  | 'score_psi'
  | 'prediction_psi'
  | 'domain_auc'
  | 'estimated_accuracy'
  | 'predicted_accuracy_drop'
  | 'disparate_impact'
  | 'statistical_parity'
  | 'equal_opportunity'
  | 'average_odds'
  | 'missing'
  | 'out_of_range'
  | 'new_category'
  | 'type_change'
  | 'duplicates'
  | 'rows';
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "average".
 */
export type Average2 = 'macro' | 'weighted';
/**
 * Lower and upper end.
 *
 * @minItems 2
 * @maxItems 2
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "range".
 */
export type Range1 = [number, number];

/**
 * A monitor file (*.monitor), version 1: a model, where its data comes from, what is checked, and what follows an alert. Paths are relative to the file. The order of the properties here is the order in which a writer puts them.
 */
export interface Monitor {
  /**
   * Version of the file format.
   */
  version: 1;
  description?: Description;
  model: Model;
  problem: Problem;
  columns: Columns;
  baseline: Baseline;
  batches: Batches;
  checks?: Checks;
  schedule?: Schedule;
  notify?: Notify;
  refresh?: Refresh;
}
/**
 * The model that is watched.
 */
export interface Model {
  name: Name;
  path: File;
}
/**
 * What the columns of the data are.
 */
export interface Columns {
  features: Features;
  id?: Id;
  time?: Time;
  target?: Label;
  prediction?: Prediction;
  score?: Score;
  positive?: PositiveClass;
  favourable?: FavourableOutcomes;
  sensitive?: SensitiveGroups;
}
/**
 * What the model reads: its columns by name, each numeric or category.
 */
export interface Features {
  /**
   * Whether it holds numbers or categories.
   */
  [k: string]: 'numeric' | 'category';
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "sensitive".
 */
export interface SensitiveGroup {
  column: Column1;
  monitored: Monitored;
  reference: Reference;
}
/**
 * The data that counts as normal.
 */
export interface Baseline {
  path: File1;
}
/**
 * Where the data of the model's daily work comes from.
 */
export interface Batches {
  path: Files;
  by?: SplitBy;
  labels?: Labels;
  label_delay?: LabelDelay;
  min_rows?: FewestRows;
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "labels".
 */
export interface Labels1 {
  path: Files1;
}
/**
 * What is looked at in each batch, by name. Absent: the documented defaults.
 */
export interface Checks {
  [k: string]: Check;
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "check".
 */
export interface Check {
  measure: Measure;
  columns?: Columns1;
  average?: Average;
  mode?: Compare;
  correction?: Correction;
  effect?: Effect;
  warn?: Warn;
  alert?: Alert;
  of?: HowOften;
}
/**
 * A probability only counts where the value itself is beyond this, too.
 */
export interface Effect {
  /**
   * Beyond it when the value is smaller.
   */
  below?: number;
  /**
   * Beyond it when the value is larger.
   */
  above?: number;
  outside?: Range;
}
/**
 * When to warn.
 */
export interface Warn {
  /**
   * Beyond it when the value is smaller.
   */
  below?: number;
  /**
   * Beyond it when the value is larger.
   */
  above?: number;
  outside?: Range;
}
/**
 * When to alert.
 */
export interface Alert {
  /**
   * Beyond it when the value is smaller.
   */
  below?: number;
  /**
   * Beyond it when the value is larger.
   */
  above?: number;
  outside?: Range;
}
/**
 * When new batches are evaluated without being asked for.
 */
export interface Schedule {
  cron: Cron;
  timezone?: TimeZone;
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "notice".
 */
export interface Notice {
  webhook: Webhook;
}
/**
 * An address that takes JSON.
 */
export interface Webhook {
  secret: Secret;
}
/**
 * What a decision to retrain starts.
 */
export interface Refresh {
  pipeline: Pipeline;
  parameters?: Parameters;
  candidate?: Candidate;
  holdout?: HoldOut;
  gates?: Gates;
  promote?: Promote;
  cooldown?: CoolDown;
}
/**
 * Values of its parameters.
 */
export interface Parameters {
  [k: string]: unknown;
}
/**
 * Node and output that is the new version.
 */
export interface Candidate {
  node: Node;
  output: Path;
}
/**
 * Node and output that has what the old and the new version say of the same rows.
 */
export interface HoldOut {
  node: Node;
  output: Path;
  champion: Column;
  challenger: Column;
}
/**
 * What the new version must fulfil, by name.
 */
export interface Gates {
  [k: string]: Gate;
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "gate".
 */
export interface Gate {
  measure: Measure1;
  average?: Average1;
  min_gain?: Gain;
  within?: Within;
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "columns".
 */
export interface Columns2 {
  features: Features;
  id?: Id;
  time?: Time;
  target?: Label;
  prediction?: Prediction;
  score?: Score;
  positive?: PositiveClass;
  favourable?: FavourableOutcomes;
  sensitive?: SensitiveGroups;
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "batches".
 */
export interface Batches1 {
  path: Files;
  by?: SplitBy;
  labels?: Labels;
  label_delay?: LabelDelay;
  min_rows?: FewestRows;
}
/**
 * One of below, above and outside.
 *
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "threshold".
 */
export interface Threshold {
  /**
   * Beyond it when the value is smaller.
   */
  below?: number;
  /**
   * Beyond it when the value is larger.
   */
  above?: number;
  outside?: Range;
}
/**
 * This interface was referenced by `Monitor`'s JSON-Schema
 * via the `definition` "refresh".
 */
export interface Refresh1 {
  pipeline: Pipeline;
  parameters?: Parameters;
  candidate?: Candidate;
  holdout?: HoldOut;
  gates?: Gates;
  promote?: Promote;
  cooldown?: CoolDown;
}
