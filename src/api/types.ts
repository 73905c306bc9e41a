/** What goes over HTTP besides runs and pipelines, as JSON. */
import type { Issue, JsonValue } from '../model/document';
import type {
  RemoteProblem,
  RunEvent,
  RunSelect,
  RunState,
  RunSummary
} from '../model/run';

/** Which runs to list; absent means any. Paths are relative to the server. */
export type RunFilter = {
  pipeline?: string;
  state?: RunState;
  runtime?: string;
};

/** `notes`: what whoever looks at the list should know, as sentences. */
export type RunPage = {
  runs: RunSummary[];
  next: string | null;
  notes?: string[];
};

export type { RunSelect };

export type RunMode = 'in-place' | 'isolated';

/** The body of POST runs; what is absent has the server's default. */
export type RunRequest = {
  pipeline: string;
  pipeline_sha256?: string | null;
  runtime?: string;
  parameters?: Record<string, JsonValue>;
  mode?: RunMode;
  reuse?: boolean;
  max_parallel?: number | null;
  select?: RunSelect | null;
};

export type EventPage = { events: RunEvent[]; last: number };

/** A piece of a log; offsets are bytes of the file. */
export type LogChunk = {
  text: string;
  offset: number;
  next: number;
  size: number;
  complete: boolean;
};

export type FileReport = {
  path: string;
  format: string;
  valid: boolean;
  issues: Issue[];
};

export type NotebookParameter = {
  name: string;
  type: string | null;
  default: JsonValue;
  has_default: boolean;
  help: string;
};

/** What the server knows of a file that a node names. */
export type Inspection = {
  path: string;
  exists: boolean;
  inside: boolean;
  is_file: boolean;
  error: string | null;
  notebook: {
    kernel: string | null;
    language: string | null;
    parameters: NotebookParameter[];
    results: string[];
    has_parameters_cell: boolean;
  } | null;
};

export type Kernel = { name: string; display_name: string; language: string };
/** A place where pipelines run, as lists have it. */
export type Runtime = {
  name: string;
  kind: string;
  label: string;
  description: string;
  url: string | null;
};

/** A line of a runtime's test: a step, as it stands. */
export type TestStep = {
  step: string;
  state: 'running' | 'ok' | 'failed' | 'skipped';
  message: string;
  hint: string;
  seconds: number | null;
};

/** A pipeline that was delivered to an Airflow. */
export type Deployment = {
  pipeline: string;
  workspace: string;
  dag_id: string;
  /** Whether its schedule rests; null while that is not known. */
  paused: boolean | null;
  schedule: { cron: string; timezone?: string | null } | null;
  package: string | null;
  step: string | null;
  message: string | null;
  problem: RemoteProblem | null;
  url: string | null;
  pinned: boolean;
  /** When it is due next, and what it started last; of this machine's clock. */
  next?: string | null;
  last?: { run: string | null; time: string | null } | null;
  /** What its clock depends on. */
  note?: string | null;
};
export type SecretNames = {
  where: string;
  names: { name: string; changed: string | null }[];
};
/** What starts a run, and the pipeline's text where it is not saved. */
export type PlanRequest = RunRequest & { content?: string };

/** What would become of a node, with the reason as a sentence and as a code. */
export type PlannedNode = {
  id: string;
  action: 'run' | 'reuse' | 'skip';
  reason: string | null;
  code: string | null;
  /** What the reason is about, such as the path of a file. */
  detail: string | null;
  /** The run whose outputs would be taken. */
  reused_from: string | null;
};
export type Planned = { pipeline: string; nodes: PlannedNode[] };

/** What the newest runs of a pipeline read and made that it does not declare. */
export type Undeclared = {
  nodes: {
    readonly [node: string]: {
      run: string;
      files: readonly string[];
      outputs: readonly string[];
    };
  };
};

/** A node run that made or read a file. */
export type FileUse = {
  run: string;
  node: string;
  label: string | null;
  pipeline: string;
  time: string | null;
  sha256: string | null;
};

/** Where a file of the workspace comes from, and who read it, newest first. */
export type Lineage = {
  path: string;
  /** Of the file as it is now; null if there is none. */
  sha256: string | null;
  made: readonly FileUse[];
  read: readonly FileUse[];
};

export type Example = { name: string; title: string; description: string };
