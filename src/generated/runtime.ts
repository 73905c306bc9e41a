/* Made from schemas/runtime.v1.json by "jlpm gen". Do not edit. */

/**
 * What it is for, for people.
 */
export type Description = string;
/**
 * Address of Airflow, without /api/v2.
 */
export type URL = string;
/**
 * How to sign in.
 */
export type SignIn = None | UserAndPassword | Token | Command;
/**
 * Name of the user in Airflow.
 */
export type User = string;
/**
 * Name of the secret that holds the password.
 */
export type Password = string;
/**
 * Name of the secret that holds the token.
 */
export type Token1 = string;
/**
 * Program and arguments; no shell is used.
 *
 * @minItems 1
 * @maxItems 100
 */
export type Command1 = [string, ...string[]];
/**
 * Whether the certificate is checked; switch it off for tests only.
 */
export type CheckTheCertificate = boolean;
/**
 * A PEM file with the certificates to trust; null: those of the system.
 */
export type CertificateAuthority = string | null;
/**
 * How DAGs reach Airflow.
 */
export type Delivery = Folder | Git | ObjectStore;
/**
 * The folder, as seen from here.
 */
export type Folder1 = string;
/**
 * The repository: https, ssh or file.
 */
export type URL1 = string;
/**
 * Branch that Airflow follows.
 */
export type Branch = string;
/**
 * Folder in the repository; null: its root.
 */
export type Folder2 = string | null;
/**
 * Name of the secret that holds the token or password; null: git's own credentials.
 */
export type Secret = string | null;
/**
 * Any fsspec URL, such as s3://bucket/dags.
 */
export type URL2 = string;
/**
 * Airflow connection that opens it.
 */
export type Connection = string | null;
/**
 * Any fsspec URL, such as file:///srv/airflow/files or s3://bucket/files, as Airflow's workers see it.
 */
export type URL3 = string;
/**
 * Airflow connection that opens it.
 */
export type Connection1 = string | null;
/**
 * Interpreter on the workers that has papermill; null: Airflow's own.
 */
export type Python = string | null;
/**
 * Queue of nodes that name none.
 */
export type Queue = string | null;
/**
 * Pool of nodes that name none.
 */
export type Pool = string | null;
/**
 * How often a failed node is tried again, where the pipeline does not say.
 */
export type Retries = number | null;
/**
 * Seconds between two looks at Airflow.
 */
export type PollInterval = number;
/**
 * An address that begins with http:// or https://.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "webAddress".
 */
export type WebAddress = string;
/**
 * An address such as file:///srv/files or s3://bucket/files.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "storeAddress".
 */
export type StoreAddress = string;
/**
 * The name of a secret: a letter or digit, then at most 99 letters, digits, _, . or -.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "secretName".
 */
export type SecretName = string;
/**
 * The name of a secret: a letter or digit, then at most 99 letters, digits, _, . or -.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "secretNameOrNull".
 */
export type SecretNameOrNull = string | null;
/**
 * A text of at most 200 characters on one line, or null.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "wordOrNull".
 */
export type WordOrNull = string | null;
/**
 * A path, without NUL characters.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "path".
 */
export type Path = string;

/**
 * A place where pipelines run, version 1. Secrets are named here, never written. The order of the properties here is the order in which a writer puts them.
 */
export interface Runtime {
  /**
   * Version of the document's format.
   */
  version: 1;
  /**
   * Kind of the runtime.
   */
  kind: 'airflow';
  description?: Description;
  url: URL;
  auth: SignIn;
  tls?: TLS;
  delivery: Delivery;
  files: Files;
  python?: Python;
  queue?: Queue;
  pool?: Pool;
  retries?: Retries;
  poll_seconds?: PollInterval;
}
/**
 * Airflow lets everybody in.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "noSignIn".
 */
export interface None {
  kind: 'none';
}
/**
 * A token is fetched with user and password, and renewed.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "passwordSignIn".
 */
export interface UserAndPassword {
  kind: 'password';
  user: User;
  secret: Password;
}
/**
 * A bearer token.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "tokenSignIn".
 */
export interface Token {
  kind: 'token';
  secret: Token1;
}
/**
 * A command that prints a token.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "commandSignIn".
 */
export interface Command {
  kind: 'command';
  command: Command1;
}
/**
 * How Airflow's certificate is checked.
 */
export interface TLS {
  verify?: CheckTheCertificate;
  ca?: CertificateAuthority;
}
/**
 * A folder from which Airflow reads DAGs.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "folderDelivery".
 */
export interface Folder {
  kind: 'folder';
  path: Folder1;
}
/**
 * A git repository from which Airflow reads DAGs.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "gitDelivery".
 */
export interface Git {
  kind: 'git';
  url: URL1;
  branch: Branch;
  folder?: Folder2;
  secret?: Secret;
}
/**
 * An object store from which Airflow reads DAGs.
 *
 * This interface was referenced by `Runtime`'s JSON-Schema
 * via the `definition` "objectDelivery".
 */
export interface ObjectStore {
  kind: 'object';
  url: URL2;
  connection?: Connection;
}
/**
 * Where files pass between nodes, and executed notebooks go.
 */
export interface Files {
  url: URL3;
  connection?: Connection1;
}
