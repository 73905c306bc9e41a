/** A comment on the canvas: read as Markdown, edited in place as text. */
import { NodeResizer } from '@xyflow/react';
import type { NodeProps } from '@xyflow/react';
import React, { memo, useContext, useEffect, useRef, useState } from 'react';

import type { Note } from './flow';
import { Markdown } from './markdown';
import { EditingContext, SceneContext } from './scene';
import type { Scene } from './scene';

export const NoteView = memo(function NoteView({
  data,
  selected
}: NodeProps<Note>): React.JSX.Element | null {
  const scene = useContext(SceneContext);
  const { editing, onEdit } = useContext(EditingContext);
  if (!scene) {
    return null;
  }
  const { trans, readOnly } = scene;
  const { text } = data.comment;
  const isEditing = editing === data.id && !readOnly;
  const resize = (x: number, y: number, width: number, height: number) =>
    scene.onAction({
      type: 'move',
      positions: { [data.id]: [x, y, width, height].map(Math.round) }
    });
  return (
    <>
      <NodeResizer
        isVisible={selected && !readOnly && !isEditing}
        minWidth={96}
        minHeight={40}
        lineClassName="mlops-note-edge"
        handleClassName="mlops-note-corner"
        onResizeEnd={(_, { x, y, width, height }) =>
          resize(x, y, width, height)
        }
      />
      <div className="mlops-note" onDoubleClick={() => onEdit(data.id)}>
        {isEditing ? (
          <Editor
            text={text}
            scene={scene}
            onDone={value => {
              onEdit(null);
              if (value !== null && value !== text) {
                scene.onAction({
                  type: 'set-comment',
                  id: data.id,
                  text: value
                });
              }
            }}
          />
        ) : text.trim() === '' ? (
          <span className="mlops-note-empty">
            {readOnly
              ? trans.__('An empty comment')
              : trans.__('Double-click to write')}
          </span>
        ) : (
          <Markdown text={text} render={scene.renderMarkdown} />
        )}
      </div>
    </>
  );
});

/** Escape leaves the text as it was; leaving the field, or Ctrl+Enter, keeps it. */
function Editor({
  text,
  scene,
  onDone
}: {
  text: string;
  scene: Scene;
  onDone(value: string | null): void;
}): React.JSX.Element {
  const [value, setValue] = useState(text);
  const isDone = useRef(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.select(), []);
  const finish = (result: string | null) => {
    // Taking the field away blurs it: that is no second answer.
    if (!isDone.current) {
      isDone.current = true;
      onDone(result);
    }
  };
  return (
    <textarea
      ref={field}
      className="mlops-note-editor nodrag nowheel nopan"
      value={value}
      maxLength={10000}
      aria-label={scene.trans.__('Text of the comment')}
      onChange={event => setValue(event.target.value)}
      onBlur={() => finish(value)}
      onKeyDown={event => {
        event.stopPropagation();
        if (event.key === 'Escape') {
          finish(null);
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          finish(value);
        }
      }}
    />
  );
}
