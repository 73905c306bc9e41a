/**
 * What the canvas is given and what it tells: the document's side of it.
 * Types only, so that who imports them does not load the canvas.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { PlannedNode } from '../api/client';
import type { Action } from '../model/actions';
import type { Issue, PipelineDocument, Selection } from '../model/document';
import type { Run } from '../model/run';

/** What the canvas can be asked to do. */
export interface CanvasController {
  /** Show everything. */
  fit(): void;
  zoomIn(): void;
  zoomOut(): void;
  /** Move what one sees by so many pixels of the screen. */
  pan(x: number, y: number): void;
  /** Bring a node or comment into view. */
  center(id: string): void;
  /** The place on the canvas of a place on the page. */
  toFlow(clientX: number, clientY: number): [number, number];
  /** Give the keyboard to the canvas: to the selected node, or the first. */
  focus(): void;
}

export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

export interface CanvasProps {
  document: PipelineDocument;
  issues: readonly Issue[];
  /** The run that is shown, or null. */
  run: Run | null;
  /** What a run would do with each node, while none is shown. */
  planned?: ReadonlyMap<string, PlannedNode> | null;
  selection: Selection;
  readOnly: boolean;
  trans: TranslationBundle;
  onAction(action: Action): void;
  onSelect(selection: Selection): void;
  /** A node was double-clicked, or Enter pressed twice on it. */
  onOpenNode(id: string): void;
  /** An issue's badge was clicked: go to its field. */
  onShowIssue?(issue: Issue): void;
  /**
   * A connection was dropped on empty canvas: offer to add a node there.
   * `end` tells which end of the new edge the node at `from` is.
   */
  onConnectToEmpty?(
    from: string,
    position: [number, number],
    client: [number, number],
    end: 'source' | 'target'
  ): void;
  /** With it the empty canvas offers to open the example. */
  onOpenExample?(): void;
  /** JupyterLab's Markdown, sanitised; without it comments have bold, italic and code. */
  renderMarkdown?(text: string): Promise<HTMLElement>;
  /** Where the person left the canvas; without it everything is shown. */
  viewport?: Viewport | null;
  /** The person moved or zoomed the canvas. */
  onViewport?(viewport: Viewport): void;
  controller?(controller: CanvasController | null): void;
}
