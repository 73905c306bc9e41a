/**
 * The door: a text becomes a pipeline document or issues, never an exception.
 * The steps are those of mlops_ext/parse.py.
 */
import type {
  Issue,
  JsonObject,
  JsonValue,
  PipelineDocument
} from './document';
import { isObject, own } from './document';
import { issue, show, tidy } from './issues';
import { checkSchema } from './schema';
import { parseStrict } from './strictjson';

export const FORMAT = 'mlops-1';
const UNKNOWN = 'unknown';
const MAX_NODES = 5_000;
const MAX_EDGES = 20_000;
const MAX_ELYRA = 8;

/** What a file turned out to be. */
export interface ReadResult {
  /**
   * The pipeline; null if there is any issue but nodes of an unknown type.
   * Such a file must be left as it is: writing it would change it.
   */
  document: PipelineDocument | null;
  /** "mlops-1", "elyra-0" … "elyra-8" or "unknown". */
  format: string;
  issues: Issue[];
}

/** Read the text of a pipeline file. */
export function readPipeline(source: string | Uint8Array): ReadResult {
  const read = parseStrict(source);
  if (!read.ok) {
    return refused(read.issues);
  }
  const { value } = read;
  if (!isObject(value)) {
    const message = `The pipeline must be an object, not ${show(value)}.`;
    return refused([issue('error', 'schema', [], message)]);
  }
  const large = limits(value);
  if (large.length > 0) {
    return refused(large);
  }
  return foreign(value) ?? ours(value);
}

function refused(issues: Issue[], format = UNKNOWN): ReadResult {
  return { document: null, format, issues };
}

function limits(value: JsonObject): Issue[] {
  const nodes = own(value, 'nodes');
  const edges = own(value, 'edges');
  const issues: Issue[] = [];
  const check = (what: string, count: number, most: number) => {
    if (count > most) {
      const message = `The pipeline has ${count} ${what}; at most ${most} are read.`;
      issues.push(issue('error', 'too-large', [what], message));
    }
  };
  check('nodes', isObject(nodes) ? Object.keys(nodes).length : 0, MAX_NODES);
  check('edges', Array.isArray(edges) ? edges.length : 0, MAX_EDGES);
  return tidy(issues);
}

/** What is said of files of other programs that carry the name of a pipeline. */
function foreign(value: JsonObject): ReadResult | null {
  const has = (key: string) => Object.hasOwn(value, key);
  if (has('nbformat') && (has('cells') || has('worksheets'))) {
    return refused([
      issue(
        'error',
        'schema',
        [],
        'This is a Jupyter notebook, not a pipeline.',
        'Give it back a name that ends in .ipynb.'
      )
    ]);
  }
  const flows = own(value, 'pipelines');
  if (own(value, 'doc_type') !== 'pipeline' || !Array.isArray(flows)) {
    return null;
  }
  const version = elyraVersion(flows);
  const message = `This is an Elyra pipeline (format ${version}); conversion is not built in yet.`;
  return refused(
    [
      issue(
        'error',
        'unsupported-version',
        [],
        message,
        'The file is left as it is.'
      )
    ],
    version <= MAX_ELYRA ? `elyra-${version}` : UNKNOWN
  );
}

/** The number of Elyra's format, rounded down; 0 where none is told. */
function elyraVersion(flows: readonly JsonValue[]): number {
  const [flow] = flows;
  const data = isObject(flow) ? own(flow, 'app_data') : undefined;
  const found = isObject(data) ? own(data, 'version') : undefined;
  const version =
    typeof found === 'string' && /^[0-9]{1,9}(\.[0-9]+)?$/.test(found)
      ? Number(found)
      : found;
  return typeof version === 'number' ? Math.max(0, Math.floor(version)) : 0;
}

function ours(value: JsonObject): ReadResult {
  const issues = checkSchema(value);
  const isSound = issues.every(({ code }) => code === 'unknown-type');
  return {
    document: isSound ? (value as unknown as PipelineDocument) : null,
    format: own(value, 'version') === 1 ? FORMAT : UNKNOWN,
    issues
  };
}
