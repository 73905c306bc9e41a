/* Made from schemas/pipeline.v1.json by "jlpm gen". Do not edit. */

/**
 * Kernel of nodes that name none.
 */
export type Kernel = string;
/**
 * How often a failed node is tried again.
 */
export type Retries = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout = string;
/**
 * A text without NUL characters, or a secret by name.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "envValue".
 */
export type EnvValue = string | Secret;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse = 'auto' | 'always' | 'never';
/**
 * Cores.
 */
export type CPU = number;
/**
 * Bytes with a suffix: 512M, 4G (powers of 1024).
 */
export type Memory = string;
/**
 * Graphics cards.
 */
export type GPU = number;
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "node".
 */
export type Node =
  | Notebook
  | Script
  | SubPipeline
  | Monitor
  | Approval
  | AirflowOperator
  | KubeflowComponent;
/**
 * Name shown on the canvas; the file's name when absent.
 */
export type Name = string;
/**
 * What this node does, for people.
 */
export type Description = string;
/**
 * Path relative to the pipeline file.
 */
export type File = string;
/**
 * Kernel that runs the node; the file's own when absent.
 */
export type Kernel1 = string;
/**
 * A disabled node passes through: its successors run with its last outputs.
 */
export type Disabled = boolean;
/**
 * How often a failed node is tried again.
 */
export type Retries1 = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay1 = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout1 = string;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse1 = 'auto' | 'always' | 'never';
/**
 * On Airflow: whose workers run it. Without one, that of the pipeline or the runtime.
 */
export type Queue = string;
/**
 * On Airflow: the pool that limits how many such nodes run at once.
 */
export type Pool = string;
/**
 * A path, without NUL characters.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "path".
 */
export type Path = string;
/**
 * Workspace files that the node reads, relative to the pipeline file.
 *
 * @maxItems 10000
 */
export type Files = Path[];
/**
 * Files that the node makes, relative to the pipeline file. A declared output that is missing afterwards is a failure.
 *
 * @maxItems 10000
 */
export type Outputs = Path[];
/**
 * Name shown on the canvas; the file's name when absent.
 */
export type Name1 = string;
/**
 * What this node does, for people.
 */
export type Description1 = string;
/**
 * A path, without NUL characters.
 */
export type File1 = string;
/**
 * Kernel that runs the node; the file's own when absent.
 */
export type Kernel2 = string;
/**
 * A disabled node passes through: its successors run with its last outputs.
 */
export type Disabled1 = boolean;
/**
 * How often a failed node is tried again.
 */
export type Retries2 = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay2 = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout2 = string;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse2 = 'auto' | 'always' | 'never';
/**
 * On Airflow: whose workers run it. Without one, that of the pipeline or the runtime.
 */
export type Queue1 = string;
/**
 * On Airflow: the pool that limits how many such nodes run at once.
 */
export type Pool1 = string;
/**
 * Workspace files that the node reads, relative to the pipeline file.
 *
 * @maxItems 10000
 */
export type Files1 = Path[];
/**
 * Files that the node makes, relative to the pipeline file. A declared output that is missing afterwards is a failure.
 *
 * @maxItems 10000
 */
export type Outputs1 = Path[];
/**
 * Name shown on the canvas; the file's name when absent.
 */
export type Name2 = string;
/**
 * What this node does, for people.
 */
export type Description2 = string;
/**
 * A path, without NUL characters.
 */
export type File2 = string;
/**
 * A disabled node passes through: its successors run with its last outputs.
 */
export type Disabled2 = boolean;
/**
 * How often a failed node is tried again.
 */
export type Retries3 = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay3 = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout3 = string;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse3 = 'auto' | 'always' | 'never';
/**
 * Workspace files that the node reads, relative to the pipeline file.
 *
 * @maxItems 10000
 */
export type Files2 = Path[];
/**
 * Files that the node makes, relative to the pipeline file. A declared output that is missing afterwards is a failure.
 *
 * @maxItems 10000
 */
export type Outputs2 = Path[];
/**
 * Name shown on the canvas; the file's name when absent.
 */
export type Name3 = string;
/**
 * What this node does, for people.
 */
export type Description3 = string;
/**
 * A path, without NUL characters.
 */
export type File3 = string;
/**
 * A disabled node passes through: its successors run with its last outputs.
 */
export type Disabled3 = boolean;
/**
 * How often a failed node is tried again.
 */
export type Retries4 = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay4 = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout4 = string;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse4 = 'auto' | 'always' | 'never';
/**
 * Workspace files that the node reads, relative to the pipeline file.
 *
 * @maxItems 10000
 */
export type Files3 = Path[];
/**
 * Files that the node makes, relative to the pipeline file. A declared output that is missing afterwards is a failure.
 *
 * @maxItems 10000
 */
export type Outputs3 = Path[];
/**
 * Name shown on the canvas; the file's name when absent.
 */
export type Name4 = string;
/**
 * What this node does, for people.
 */
export type Description4 = string;
/**
 * A disabled node passes through: its successors run with its last outputs.
 */
export type Disabled4 = boolean;
/**
 * How often a failed node is tried again.
 */
export type Retries5 = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay5 = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout5 = string;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse5 = 'auto' | 'always' | 'never';
/**
 * Workspace files that the node reads, relative to the pipeline file.
 *
 * @maxItems 10000
 */
export type Files4 = Path[];
/**
 * Files that the node makes, relative to the pipeline file. A declared output that is missing afterwards is a failure.
 *
 * @maxItems 10000
 */
export type Outputs4 = Path[];
/**
 * Name shown on the canvas; the file's name when absent.
 */
export type Name5 = string;
/**
 * What this node does, for people.
 */
export type Description5 = string;
/**
 * A disabled node passes through: its successors run with its last outputs.
 */
export type Disabled5 = boolean;
/**
 * How often a failed node is tried again.
 */
export type Retries6 = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay6 = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout6 = string;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse6 = 'auto' | 'always' | 'never';
/**
 * Workspace files that the node reads, relative to the pipeline file.
 *
 * @maxItems 10000
 */
export type Files5 = Path[];
/**
 * Files that the node makes, relative to the pipeline file. A declared output that is missing afterwards is a failure.
 *
 * @maxItems 10000
 */
export type Outputs5 = Path[];
/**
 * Name shown on the canvas; the file's name when absent.
 */
export type Name6 = string;
/**
 * What this node does, for people.
 */
export type Description6 = string;
/**
 * A disabled node passes through: its successors run with its last outputs.
 */
export type Disabled6 = boolean;
/**
 * How often a failed node is tried again.
 */
export type Retries7 = number;
/**
 * Time to wait before a node is tried again, such as 90s, 30m or 2h.
 */
export type RetryDelay7 = string;
/**
 * Longest time one attempt may take, such as 90s, 30m or 2h.
 */
export type Timeout7 = string;
/**
 * Whether a node whose inputs did not change need not run again.
 */
export type Reuse7 = 'auto' | 'always' | 'never';
/**
 * Workspace files that the node reads, relative to the pipeline file.
 *
 * @maxItems 10000
 */
export type Files6 = Path[];
/**
 * Files that the node makes, relative to the pipeline file. A declared output that is missing afterwards is a failure.
 *
 * @maxItems 10000
 */
export type Outputs6 = Path[];
/**
 * A small letter, then at most 62 small letters, digits, _ or -.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "id".
 */
export type Id = string;
/**
 * A letter or _, then at most 62 letters, digits or _, and no Python keyword.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "name".
 */
export type Name7 = string;
/**
 * x, y and, for a comment, width and height.
 *
 * @minItems 2
 * @maxItems 4
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "position".
 */
export type Position =
  | [number, number]
  | [number, number, number]
  | [number, number, number, number];
/**
 * @maxItems 10000
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "paths".
 */
export type Paths = Path[];
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "kernel".
 */
export type Kernel3 = string;
/**
 * A time such as 90s, 30m or 2h.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "duration".
 */
export type Duration = string;

/**
 * A pipeline file (*.pipeline), version 1: nodes, edges and parameters. The order of the properties here is the order in which a writer puts them.
 */
export interface Pipeline {
  /**
   * Version of the file format.
   */
  version: 1;
  /**
   * What the pipeline does, for people.
   */
  description?: string;
  /**
   * Typed values given to the pipeline when it starts.
   */
  parameters?: {
    [k: string]: Parameter;
  };
  /**
   * What its nodes inherit.
   */
  defaults?: {
    kernel?: Kernel;
    retries?: Retries;
    retry_delay?: RetryDelay;
    timeout?: Timeout;
    env?: Environment;
    reuse?: Reuse;
    resources?: Resources;
  };
  /**
   * When the pipeline starts by itself.
   */
  schedule?: {
    /**
     * Cron expression with five fields.
     */
    cron: string;
    /**
     * Time zone by its IANA name.
     */
    timezone?: string;
    /**
     * Literal values of pipeline parameters for scheduled runs.
     */
    parameters?: {
      [k: string]: unknown;
    };
  };
  /**
   * Settings for a runtime, by its name.
   */
  runtimes?: {
    [k: string]: RuntimeSettings;
  };
  /**
   * The nodes, by id.
   */
  nodes: {
    [k: string]: Node;
  };
  /**
   * What runs after what; one edge at most from one node to another.
   *
   * @maxItems 20000
   */
  edges?: Edge[];
  /**
   * Notes on the canvas, by id.
   */
  comments?: {
    [k: string]: Comment;
  };
  /**
   * Any JSON, kept untouched.
   */
  extra?: {
    [k: string]: unknown;
  };
  /**
   * Positions on the canvas in pixels, of nodes and comments.
   */
  layout?: {
    [k: string]: Position;
  };
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "parameter".
 */
export interface Parameter {
  type: 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'object';
  /**
   * Value when none is given; without it the parameter is required.
   */
  default?: {
    [k: string]: unknown;
  };
  /**
   * What it means, for people.
   */
  description?: string;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment {
  [k: string]: EnvValue;
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "secret".
 */
export interface Secret {
  /**
   * The name of a secret: a letter or digit, then at most 99 letters, digits, _, . or -.
   */
  secret: string;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "runtimeSettings".
 */
export interface RuntimeSettings {
  /**
   * Queue of the runtime.
   */
  queue?: string;
  /**
   * Pool of the runtime.
   */
  pool?: string;
  /**
   * Container image. Kept, and not used yet: a pod has the image of its template.
   */
  image?: string;
  /**
   * @maxItems 100
   */
  tags?: string[];
  /**
   * Owner shown in the runtime.
   */
  owner?: string;
}
/**
 * A Jupyter notebook.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "notebook".
 */
export interface Notebook {
  type: 'notebook';
  label?: Name;
  description?: Description;
  path: File;
  kernel?: Kernel1;
  parameters?: Parameters;
  disabled?: Disabled;
  retries?: Retries1;
  retry_delay?: RetryDelay1;
  timeout?: Timeout1;
  env?: Environment1;
  reuse?: Reuse1;
  resources?: Resources1;
  queue?: Queue;
  pool?: Pool;
  files?: Files;
  outputs?: Outputs;
  extra?: Extra;
}
/**
 * Values given to the node; a literal, a pipeline parameter or a result of an upstream node.
 */
export interface Parameters {
  [k: string]: unknown;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment1 {
  [k: string]: EnvValue;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources1 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * Any JSON, kept untouched.
 */
export interface Extra {
  [k: string]: unknown;
}
/**
 * A script: Python (.py), R (.R) or shell (.sh).
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "script".
 */
export interface Script {
  type: 'script';
  label?: Name1;
  description?: Description1;
  path: File1;
  kernel?: Kernel2;
  parameters?: Parameters1;
  disabled?: Disabled1;
  retries?: Retries2;
  retry_delay?: RetryDelay2;
  timeout?: Timeout2;
  env?: Environment2;
  reuse?: Reuse2;
  resources?: Resources2;
  queue?: Queue1;
  pool?: Pool1;
  files?: Files1;
  outputs?: Outputs1;
  extra?: Extra1;
}
/**
 * Values given to the node; a literal, a pipeline parameter or a result of an upstream node.
 */
export interface Parameters1 {
  [k: string]: unknown;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment2 {
  [k: string]: EnvValue;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources2 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * Any JSON, kept untouched.
 */
export interface Extra1 {
  [k: string]: unknown;
}
/**
 * Another pipeline.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "pipelineNode".
 */
export interface SubPipeline {
  type: 'pipeline';
  label?: Name2;
  description?: Description2;
  path: File2;
  parameters?: Parameters2;
  disabled?: Disabled2;
  retries?: Retries3;
  retry_delay?: RetryDelay3;
  timeout?: Timeout3;
  env?: Environment3;
  reuse?: Reuse3;
  resources?: Resources3;
  files?: Files2;
  outputs?: Outputs2;
  extra?: Extra2;
}
/**
 * Values given to the node; a literal, a pipeline parameter or a result of an upstream node.
 */
export interface Parameters2 {
  [k: string]: unknown;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment3 {
  [k: string]: EnvValue;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources3 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * Any JSON, kept untouched.
 */
export interface Extra2 {
  [k: string]: unknown;
}
/**
 * An evaluation of a monitor.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "monitorNode".
 */
export interface Monitor {
  type: 'monitor';
  label?: Name3;
  description?: Description3;
  path: File3;
  disabled?: Disabled3;
  retries?: Retries4;
  retry_delay?: RetryDelay4;
  timeout?: Timeout4;
  env?: Environment4;
  reuse?: Reuse4;
  resources?: Resources4;
  files?: Files3;
  outputs?: Outputs3;
  extra?: Extra3;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment4 {
  [k: string]: EnvValue;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources4 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * Any JSON, kept untouched.
 */
export interface Extra3 {
  [k: string]: unknown;
}
/**
 * A person must answer before the run goes on.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "approval".
 */
export interface Approval {
  type: 'approval';
  label?: Name4;
  description?: Description4;
  disabled?: Disabled4;
  retries?: Retries5;
  retry_delay?: RetryDelay5;
  timeout?: Timeout5;
  env?: Environment5;
  reuse?: Reuse5;
  resources?: Resources5;
  files?: Files4;
  outputs?: Outputs4;
  extra?: Extra4;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment5 {
  [k: string]: EnvValue;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources5 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * Any JSON, kept untouched.
 */
export interface Extra4 {
  [k: string]: unknown;
}
/**
 * An Airflow operator.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "operator".
 */
export interface AirflowOperator {
  type: 'operator';
  label?: Name5;
  description?: Description5;
  /**
   * Class path of the Airflow operator.
   */
  operator: string;
  /**
   * Arguments of the operator.
   */
  fields?: {
    [k: string]: unknown;
  };
  disabled?: Disabled5;
  retries?: Retries6;
  retry_delay?: RetryDelay6;
  timeout?: Timeout6;
  env?: Environment6;
  reuse?: Reuse6;
  resources?: Resources6;
  files?: Files5;
  outputs?: Outputs5;
  extra?: Extra5;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment6 {
  [k: string]: EnvValue;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources6 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * Any JSON, kept untouched.
 */
export interface Extra5 {
  [k: string]: unknown;
}
/**
 * A Kubeflow Pipelines component; kept and shown, not run.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "kfp".
 */
export interface KubeflowComponent {
  type: 'kfp';
  label?: Name6;
  description?: Description6;
  /**
   * The component as it was imported.
   */
  component?: {
    [k: string]: unknown;
  };
  disabled?: Disabled6;
  retries?: Retries7;
  retry_delay?: RetryDelay7;
  timeout?: Timeout7;
  env?: Environment7;
  reuse?: Reuse7;
  resources?: Resources7;
  files?: Files6;
  outputs?: Outputs6;
  extra?: Extra6;
}
/**
 * Environment variables of the node: a text, or a secret by name.
 */
export interface Environment7 {
  [k: string]: EnvValue;
}
/**
 * What the node needs to run on this machine, and waits for. On Airflow its queue decides.
 */
export interface Resources7 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
/**
 * Any JSON, kept untouched.
 */
export interface Extra6 {
  [k: string]: unknown;
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "edge".
 */
export interface Edge {
  from: Id;
  to: Id;
  when?: Condition;
}
/**
 * The edge is live when the source's result compares so with the value.
 *
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "condition".
 */
export interface Condition {
  result: Name7;
  op: '<' | '<=' | '>' | '>=' | '==' | '!=';
  /**
   * A text, a number, true, false or null.
   */
  value: string | number | boolean | null;
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "comment".
 */
export interface Comment {
  /**
   * Text with Markdown.
   */
  text: string;
  /**
   * Nodes that it is about.
   *
   * @maxItems 5000
   */
  nodes?: Id[];
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "env".
 */
export interface Env {
  [k: string]: EnvValue;
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "values".
 */
export interface Values {
  [k: string]: unknown;
}
/**
 * This interface was referenced by `Pipeline`'s JSON-Schema
 * via the `definition` "resources".
 */
export interface Resources8 {
  cpu?: CPU;
  memory?: Memory;
  gpu?: GPU;
}
