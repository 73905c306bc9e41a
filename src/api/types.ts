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
};
export type SecretNames = {
  where: string;
  names: { name: string; changed: string | null }[];
};
export type PlannedNode = {
  id: string;
  action: 'run' | 'reuse' | 'skip';
  reason: string | null;
};
export type Planned = { pipeline: string; nodes: PlannedNode[] };
export type Example = { name: string; title: string; description: string };
