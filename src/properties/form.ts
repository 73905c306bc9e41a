/** What all fields of the panel share, by context. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';
import type { ReactNode } from 'react';

import type { Action } from '../model/actions';
import type { Issue, PipelineDocument } from '../model/document';
import type { Run } from '../model/run';

export type Form = {
  readonly trans: TranslationBundle;
  readonly readOnly: boolean;
  readonly document: PipelineDocument;
  readonly run: Run | null;
  /** The issues of what is shown. */
  readonly issues: readonly Issue[];
  onAction(action: Action): void;
  readonly onShowLineage?: (path: string) => void;
  readonly onNewSecret?: () => Promise<string | null>;
  /** Where the schedule is switched on: beside its editor. */
  readonly schedules?: ReactNode;
};

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) {
    throw new Error('A field stands outside of the properties panel.');
  }
  return form;
}
