/**
 * What cards, edges and notes need besides their own data, by context: it
 * changes rarely, so they are not redrawn when the document does.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { createContext } from 'react';

import type { Action } from '../model/actions';
import type { Issue } from '../model/document';

export type Scene = {
  readonly trans: TranslationBundle;
  readonly readOnly: boolean;
  onAction(action: Action): void;
  onShowIssue(issue: Issue): void;
  readonly renderMarkdown?: (text: string) => Promise<HTMLElement>;
};

export const SceneContext = createContext<Scene | null>(null);

/** The comment that is being edited in place; only notes look at it. */
export type Editing = {
  readonly editing: string | null;
  onEdit(id: string | null): void;
};

export const EditingContext = createContext<Editing>({
  editing: null,
  onEdit: () => undefined
});
