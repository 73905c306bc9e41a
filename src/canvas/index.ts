/**
 * The canvas, to be imported lazily: xyflow is most of this extension's weight
 * and is needed by who opens a pipeline only.
 */
export { default } from './canvas';
export type { CanvasController, CanvasProps, Viewport } from './props';
