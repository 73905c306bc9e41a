/**
 * The shared document behind a pipeline: the only copy there is. The canvas,
 * the forms and the commands change it by patches; undo, the mark of unsaved
 * changes and collaboration follow from it.
 */
import { YDocument } from '@jupyter/ydoc';
import type { DocumentChange } from '@jupyter/ydoc';
import type * as Y from 'yjs';

import { canonicalize } from '../model/canonical';
import { asJson, emptyDocument } from '../model/document';
import type {
  Edge,
  Issue,
  JsonObject,
  JsonValue,
  PipelineDocument
} from '../model/document';
import { byEnds, edgesByKey } from '../model/patch';
import type { Patch } from '../model/patch';
import { readPipeline } from '../model/read';
import { Block } from './block';

export interface IPipelineChange extends DocumentChange {
  /** The pipeline says something else than before. */
  pipelineChange?: boolean;
}

/** A text that is no pipeline: kept as it is, byte for byte. */
export interface IUnreadable {
  readonly text: string;
  readonly format: string;
  readonly issues: readonly Issue[];
}

const BLOCKS = ['parameters', 'nodes', 'edges', 'comments', 'layout'] as const;
type BlockName = (typeof BLOCKS)[number];

/** Entries of `meta` that are about the file, not part of the document. */
const PRESENT = '$present';
const TEXT = '$text';

export class YPipeline extends YDocument<IPipelineChange> {
  readonly version = '1.0.0';

  static create(): YPipeline {
    return new YPipeline();
  }

  constructor() {
    super();
    const block = (name: string, nested = false) =>
      new Block(this.ydoc.getMap(name), nested);
    this._meta = block('meta');
    this._blocks = {
      parameters: block('parameters'),
      nodes: block('nodes', true),
      edges: block('edges', true),
      comments: block('comments', true),
      layout: block('layout')
    };
    for (const each of [this._meta, ...Object.values(this._blocks)]) {
      each.map.observeDeep(events => {
        this._touched = each.touch(events) || this._touched;
      });
      this.undoManager.addToScope(each.map);
    }
    // Observers of all blocks have been called by then: one signal a change.
    this.ydoc.on('afterTransaction', this._onTransaction);
  }

  /** The text of a file that cannot be read as a pipeline, and why; or null. */
  get unreadable(): IUnreadable | null {
    const text = this._meta.map.get(TEXT);
    if (typeof text !== 'string') {
      return null;
    }
    if (this._unreadable?.text !== text) {
      const { format, issues } = readPipeline(text);
      this._unreadable = { text, format, issues };
    }
    return this._unreadable;
  }

  /** Whether a source was ever set: an empty file never sets one. */
  get loaded(): boolean {
    return this._meta.map.size > 0;
  }

  /** The pipeline as a value. What did not change keeps its identity. */
  toDocument(): PipelineDocument {
    this._document ??= this._meta.map.has(TEXT)
      ? emptyDocument()
      : this._assemble();
    return this._document;
  }

  getSource(): string {
    return this.unreadable?.text ?? canonicalize(this.toDocument());
  }

  /**
   * Read a text. Loading is no change of the person's: it cannot be undone
   * and leaves nothing to save, also where the text is not canonical.
   */
  setSource(source: JsonValue): void {
    const text = typeof source === 'string' ? source : JSON.stringify(source);
    const { document } = readPipeline(text);
    this.transact(() => {
      if (document) {
        this._load(document as unknown as JsonObject);
      } else {
        this._load(asJson(emptyDocument()) as JsonObject);
        this._meta.set([TEXT], text);
      }
      this.setState('dirty', false);
    }, false);
    this.clearUndoHistory();
  }

  /**
   * Make one change of the person's.
   *
   * @param patch - what changes
   * @param merge - changes with the same mark, made in quick succession, are
   * one step to undo: the letters of a word
   */
  apply(patch: Patch, merge: string | null = null): void {
    if (patch.length === 0 || this.unreadable) {
      return;
    }
    if (merge === null || merge !== this._lastMerge) {
      this.undoManager.stopCapturing();
    }
    this._lastMerge = merge;
    this.transact(() => {
      for (const { path, value } of patch) {
        this._change(path, value);
      }
      this.setState('dirty', true);
    });
  }

  override undo(): boolean {
    this._lastMerge = null;
    return super.undo();
  }

  override redo(): boolean {
    this._lastMerge = null;
    return super.redo();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.ydoc.off('afterTransaction', this._onTransaction);
      super.dispose();
    }
  }

  private _change(path: readonly string[], value: JsonValue | undefined): void {
    const [head, ...rest] = path;
    const block = BLOCKS.find(name => name === head);
    if (!block) {
      this._meta.set(path, value);
    } else if (rest.length > 0) {
      this._blocks[block].set(rest, value);
      this._keepBlock(block);
    } else {
      this._blocks[block].replace(entries(block, value));
      this._present(block, value !== undefined);
    }
  }

  /** An empty block stays in the file only if the file had it. */
  private _keepBlock(block: BlockName): void {
    if (this._blocks[block].map.size === 0) {
      this._present(block, false);
    }
  }

  private _present(block: BlockName, present: boolean): void {
    if (block === 'nodes') {
      return;
    }
    this._meta.set([PRESENT, block], present ? true : undefined);
  }

  private _load(document: JsonObject): void {
    const present: JsonObject = {};
    const meta: JsonObject = { [PRESENT]: present };
    for (const [key, value] of Object.entries(document)) {
      const block = BLOCKS.find(name => name === key);
      if (block) {
        present[block] = true;
      } else {
        meta[key] = value;
      }
    }
    for (const block of BLOCKS) {
      this._blocks[block].replace(entries(block, document[block]));
    }
    this._meta.replace(meta);
  }

  private _assemble(): PipelineDocument {
    const { [PRESENT]: blocks, ...document }: JsonObject = this._meta.value;
    const present = (blocks ?? {}) as JsonObject;
    document.version ??= 1;
    for (const block of BLOCKS) {
      const { value } = this._blocks[block];
      if (
        block === 'nodes' ||
        present[block] === true ||
        Object.keys(value).length > 0
      ) {
        document[block] = block === 'edges' ? this._edges(value) : value;
      }
    }
    return document as unknown as PipelineDocument;
  }

  /**
   * The edges in the order of the canonical text, so that "/edges/3" is the
   * same edge here and on the server; the same list while none changes.
   */
  private _edges(value: JsonObject): JsonValue {
    if (this._edgeList?.of !== value) {
      const list = Object.values(value) as unknown as Edge[];
      list.sort(byEnds);
      this._edgeList = { of: value, list: list as unknown as JsonValue[] };
    }
    return this._edgeList.list;
  }

  private readonly _onTransaction = (transaction: Y.Transaction): void => {
    if (!this._touched) {
      return;
    }
    this._touched = false;
    this._document = null;
    this._changed.emit({ pipelineChange: true });
  };

  private readonly _meta: Block;
  private readonly _blocks: Record<BlockName, Block>;
  private _document: PipelineDocument | null = null;
  private _edgeList: { of: JsonObject; list: JsonValue[] } | null = null;
  private _unreadable: IUnreadable | null = null;
  private _lastMerge: string | null = null;
  private _touched = false;
}

/** What a block of the file holds, by key: edges are a list there. */
function entries(block: BlockName, value: JsonValue | undefined): JsonObject {
  if (block !== 'edges') {
    return (value ?? {}) as JsonObject;
  }
  const edges = edgesByKey(value as unknown as Edge[] | undefined);
  return Object.fromEntries(
    [...edges].map(([key, edge]) => [key, asJson(edge)])
  );
}
