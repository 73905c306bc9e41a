/** What the parts that show a run need: of an open pipeline, or of a past run. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';

import type { IMlopsApi } from '../api/tokens';
import type { PipelineDocument, Selection } from '../model/document';
import type { Run } from '../model/run';
import type { ViewState } from './viewstate';

export interface IRunScreen {
  readonly api: IMlopsApi;
  readonly trans: TranslationBundle;
  readonly view: ViewState;
  /** The server's clock, which the times of runs are told by. */
  readonly clock: () => number;
  /** The run, and when it changed. */
  readonly runs: {
    readonly changed: ISignal<unknown, unknown>;
    readonly run: Run | null;
  };
  readonly selection: Selection;
  readonly selectionChanged: ISignal<unknown, unknown>;
  readonly notice: string;
  readonly noticed: ISignal<unknown, unknown>;
  document(): PipelineDocument;
  /** Select a node and bring it into view. */
  show(node: string): void;
}
