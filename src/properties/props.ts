/** What the properties panel is given and what it tells. Types only. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactNode } from 'react';

import type {
  Inspection,
  Kernel,
  SecretNames,
  Undeclared
} from '../api/client';
import type { Action } from '../model/actions';
import type { Issue, PipelineDocument, Selection } from '../model/document';
import type { Run } from '../model/run';

/** What the panel asks the server: never about the document itself. */
export interface PropertiesClient {
  /** What the file of a node is, and what it declares. */
  inspect(path: string): Promise<Inspection>;
  kernels(): Promise<Kernel[]>;
  /** Names of secrets. */
  secrets(): Promise<SecretNames>;
  /** What runs read and made that the pipeline does not declare. */
  undeclared(): Promise<Undeclared>;
}

/** A field that should get the focus; a new object asks again. */
export interface FieldRequest {
  readonly node: string | null;
  readonly pointer: string;
}

export interface PropertiesProps {
  document: PipelineDocument;
  selection: Selection;
  issues: readonly Issue[];
  /** The run that is shown: its results can be linked. */
  run: Run | null;
  readOnly: boolean;
  trans: TranslationBundle;
  client: PropertiesClient;
  focusField?: FieldRequest | null;
  onAction(action: Action): void;
  /** Show where a file that the pipeline names comes from. */
  onShowLineage?(path: string): void;
  /** Ask for a new secret, and answer with its name; null if none was made. */
  onNewSecret?(): Promise<string | null>;
  /** Where the pipeline's schedule is on, shown beside its editor. */
  schedules?: ReactNode;
}
