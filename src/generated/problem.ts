/* Made from schemas/problem.v1.json by "jlpm gen". Do not edit. */

/**
 * An error of the HTTP routes (application/problem+json) and of commands with --json.
 */
export interface Problem {
  /**
   * As in RFC 9457: `code` says what it is.
   */
  type: 'about:blank';
  /**
   * Status of the HTTP response.
   */
  status: number;
  /**
   * What is wrong, for programs.
   */
  code: string;
  /**
   * Kind of the problem, for people.
   */
  title: string;
  /**
   * What is wrong, as a sentence.
   */
  detail: string;
  /**
   * What to do about it; may be empty.
   */
  hint: string;
  /**
   * JSON pointer of the place in the document.
   */
  pointer: string | null;
  /**
   * Id of the node that it is about.
   */
  node: string | null;
  /**
   * All issues of a pipeline.
   */
  issues: null | Issue[];
}
/**
 * Something that a person should know about a pipeline.
 *
 * This interface was referenced by `Problem`'s JSON-Schema
 * via the `definition` "issue".
 */
export interface Issue {
  severity: 'error' | 'warning';
  /**
   * What it is.
   */
  code:
    | 'bad-json'
    | 'too-large'
    | 'unsupported-version'
    | 'schema'
    | 'unknown-type'
    | 'missing-file'
    | 'not-a-notebook'
    | 'outside-workspace'
    | 'cycle'
    | 'unknown-node'
    | 'unknown-kernel'
    | 'unknown-parameter'
    | 'parameter-type'
    | 'missing-edge'
    | 'unknown-result'
    | 'shared-output'
    | 'secret-literal'
    | 'merge-conflict'
    | 'runtime-needed';
  /**
   * JSON pointer (RFC 6901) of its place in the document.
   */
  pointer: string;
  /**
   * Id of the node that it is about.
   */
  node: string | null;
  /**
   * What is wrong, as a sentence.
   */
  message: string;
  /**
   * What to do about it; may be empty.
   */
  hint: string;
  /**
   * Of a cycle: its nodes in order.
   */
  nodes?: string[];
}
/**
 * This interface was referenced by `Problem`'s JSON-Schema
 * via the `definition` "file".
 */
export interface CheckedFile {
  /**
   * Path as it was given.
   */
  path: string;
  /**
   * What the file is.
   */
  format:
    | 'mlops-1'
    | 'elyra-0'
    | 'elyra-1'
    | 'elyra-2'
    | 'elyra-3'
    | 'elyra-4'
    | 'elyra-5'
    | 'elyra-6'
    | 'elyra-7'
    | 'elyra-8'
    | 'unknown';
  /**
   * No errors; warnings are allowed.
   */
  valid: boolean;
  issues: Issue[];
}
/**
 * What `mlops validate --json` and POST mlops/validate answer.
 *
 * This interface was referenced by `Problem`'s JSON-Schema
 * via the `definition` "validation".
 */
export interface Validation {
  version: 1;
  files: CheckedFile[];
}
