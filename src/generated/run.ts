/* Made from schemas/run.v1.json by "jlpm gen". Do not edit. */

/**
 * Where a run or node run stands.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "state".
 */
export type State =
  | 'queued'
  | 'running'
  | 'waiting'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'skipped';
/**
 * Why it stands there, where there is more to say.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "reason".
 */
export type Reason =
  | null
  | 'upstream'
  | 'condition'
  | 'disabled'
  | 'not-selected'
  | 'retry'
  | 'output-busy'
  | 'resources'
  | 'error'
  | 'timeout'
  | 'killed'
  | 'interrupted'
  | 'output-missing'
  | 'disk-full'
  | 'crash-loop';
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "errorOrNull".
 */
export type ErrorOrNull = null | RunError;
/**
 * The part of the pipeline that was chosen; null: all of it.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "selectOrNull".
 */
export type Selection = {
  /**
   * This node.
   */
  only?: string;
  /**
   * This node and what comes after it.
   */
  from?: string;
  /**
   * This node and what comes before it.
   */
  to?: string;
  /**
   * What did not come to its end in this run, and what comes after it.
   */
  failed?: string;
} | null;
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "remoteOrNull".
 */
export type RemoteOrNull = null | RemoteRun;
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "remoteProblemOrNull".
 */
export type RemoteProblemOrNull = null | RemoteProblem;

/**
 * One execution of a pipeline, as `mlops show` and GET mlops/runs/<id> answer it. What is absent is null, never missing.
 */
export interface Run {
  /**
   * Version of this document's format.
   */
  version: 1;
  /**
   * Id of the run.
   */
  id: string;
  /**
   * Folder of the workspace, relative to the server's root or the current folder; empty: that folder itself.
   */
  workspace: string;
  /**
   * Path of the pipeline, relative to the workspace.
   */
  pipeline: string;
  /**
   * Hash of the bytes that were run.
   */
  pipeline_sha256: string;
  /**
   * Where it runs.
   */
  runtime: string;
  /**
   * In the workspace itself, or in fresh folders.
   */
  mode: 'in-place' | 'isolated';
  state: State;
  reason: Reason;
  /**
   * Value of each parameter of the pipeline.
   */
  parameters: {};
  /**
   * When it was accepted (UTC).
   */
  created: string;
  /**
   * When its first node started (UTC).
   */
  started: string | null;
  /**
   * When it was settled (UTC).
   */
  finished: string | null;
  /**
   * How long it took.
   */
  seconds: number | null;
  source: Source;
  /**
   * Folder of the run's files.
   */
  directory: string;
  error: ErrorOrNull;
  /**
   * How many nodes may run at once; null: as many as fit.
   */
  max_parallel: number | null;
  /**
   * Interpreter, distributions and what else the run depends on.
   */
  provenance: {};
  select: Selection;
  remote: RemoteOrNull;
  /**
   * Number of the last event that is told here.
   */
  seq: number;
  /**
   * Its nodes, by id; those of a sub-pipeline as outer/inner.
   */
  nodes: {
    [k: string]: NodeRun;
  };
}
/**
 * The version of the sources.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "source".
 */
export interface Source {
  /**
   * Commit of git.
   */
  commit: string | null;
  /**
   * Whether tracked files differed from it.
   */
  dirty: boolean | null;
}
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "runError".
 */
export interface RunError {
  code: string;
  /**
   * What is wrong, as a sentence.
   */
  message: string;
  /**
   * What to do about it.
   */
  hint: string | null;
  /**
   * Index of the cell that failed.
   */
  cell: number | null;
  /**
   * Exit code of the process that failed.
   */
  exit_code: number | null;
}
/**
 * Where a run that another system executes stands there.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "remote".
 */
export interface RemoteRun {
  /**
   * How far it has come on its way there and back.
   */
  step:
    | 'accepted'
    | 'delivering'
    | 'waiting'
    | 'triggering'
    | 'following'
    | 'ended';
  /**
   * What is going on, as a sentence.
   */
  message: string;
  /**
   * When this step began (UTC).
   */
  since: string;
  /**
   * Its page there.
   */
  url: string | null;
  /**
   * What the pipeline is called there.
   */
  dag_id: string;
  /**
   * What the run is called there.
   */
  run_id: string;
  /**
   * Hash of the package that was delivered.
   */
  package: string | null;
  /**
   * Commit that was delivered.
   */
  version: string | null;
  /**
   * Whether what runs cannot change under it.
   */
  pinned: boolean;
  /**
   * Whether a schedule started it.
   */
  scheduled: boolean;
  problem: RemoteProblemOrNull;
}
/**
 * What stands in the way for the moment; states stay as they were last known.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "remoteProblem".
 */
export interface RemoteProblem {
  code: string;
  /**
   * What is wrong, as a sentence.
   */
  message: string;
  /**
   * What to do about it.
   */
  hint: string | null;
  /**
   * Since when (UTC).
   */
  since: string;
}
/**
 * One execution of a node.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "nodeRun".
 */
export interface NodeRun {
  /**
   * Type of the node.
   */
  type: string;
  /**
   * Name shown on the canvas.
   */
  label: string | null;
  state: State;
  reason: Reason;
  /**
   * It need not run: its last outputs and results are used.
   */
  reused: boolean;
  /**
   * Id of the run that they come from.
   */
  reused_from: string | null;
  /**
   * How often it was tried.
   */
  attempts: number;
  /**
   * When its last attempt started (UTC).
   */
  started: string | null;
  /**
   * When it was settled (UTC).
   */
  finished: string | null;
  /**
   * How long its last attempt took.
   */
  seconds: number | null;
  /**
   * The named values that it reported; {} where there are none.
   */
  results: {};
  /**
   * The files that it made, by path relative to the workspace; {} where there are none.
   */
  outputs: {
    [k: string]: Output;
  };
  /**
   * The executed notebook, below the run's directory.
   */
  notebook: string | null;
  /**
   * Its log, below the run's directory.
   */
  log: string | null;
  error: ErrorOrNull;
  /**
   * Index of the code cell that runs.
   */
  cell: number | null;
  /**
   * How many code cells there are.
   */
  cells: number | null;
}
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "output".
 */
export interface Output {
  /**
   * Hash of its bytes.
   */
  sha256: string | null;
  /**
   * Its size.
   */
  bytes: number | null;
}
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "summaryNode".
 */
export interface NodeRunSummary {
  /**
   * Type of the node.
   */
  type: string;
  /**
   * Name shown on the canvas.
   */
  label: string | null;
  state: State;
  reason: Reason;
  /**
   * How long its last attempt took.
   */
  seconds: number | null;
}
/**
 * A run as lists answer it: of its nodes only the state.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "summary".
 */
export interface RunSummary {
  /**
   * Version of this document's format.
   */
  version: 1;
  /**
   * Id of the run.
   */
  id: string;
  /**
   * Folder of the workspace, relative to the server's root or the current folder; empty: that folder itself.
   */
  workspace: string;
  /**
   * Path of the pipeline, relative to the workspace.
   */
  pipeline: string;
  /**
   * Hash of the bytes that were run.
   */
  pipeline_sha256: string;
  /**
   * Where it runs.
   */
  runtime: string;
  /**
   * In the workspace itself, or in fresh folders.
   */
  mode: 'in-place' | 'isolated';
  state: State;
  reason: Reason;
  /**
   * Value of each parameter of the pipeline.
   */
  parameters: {};
  /**
   * When it was accepted (UTC).
   */
  created: string;
  /**
   * When its first node started (UTC).
   */
  started: string | null;
  /**
   * When it was settled (UTC).
   */
  finished: string | null;
  /**
   * How long it took.
   */
  seconds: number | null;
  source: Source;
  /**
   * Folder of the run's files.
   */
  directory: string;
  error: ErrorOrNull;
  /**
   * How many nodes may run at once; null: as many as fit.
   */
  max_parallel: number | null;
  /**
   * Interpreter, distributions and what else the run depends on.
   */
  provenance: {};
  select: Selection;
  remote: RemoteOrNull;
  /**
   * Number of the last event that is told here.
   */
  seq: number;
  nodes: {
    [k: string]: NodeRunSummary;
  };
}
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "runs".
 */
export interface Runs {
  version: 1;
  runs: RunSummary[];
  /**
   * Where the next page begins; null: this is the last.
   */
  next: string | null;
  /**
   * What whoever looks at the list should know, as sentences.
   */
  notes: string[];
}
/**
 * One change. Merging the data of all into the run, or into its node, gives the run.
 *
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "event".
 */
export interface RunEvent {
  /**
   * Number in its run: 1, 2, 3 without gaps.
   */
  seq: number;
  /**
   * When it happened (UTC).
   */
  time: string;
  /**
   * Id of the node that changed; null: the run did.
   */
  node: string | null;
  /**
   * The fields that changed; of the first event the whole run.
   */
  data: {};
}
/**
 * This interface was referenced by `Run`'s JSON-Schema
 * via the `definition` "events".
 */
export interface RunEvents {
  version: 1;
  events: RunEvent[];
  /**
   * Number to ask for more after.
   */
  last: number;
}
