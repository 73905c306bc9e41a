/** A comment: its text, and the nodes that it is about. */
import { closeIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { own } from '../model/document';
import { useDraft } from './draft';
import { Field } from './field';
import { useForm } from './form';
import { IconButton, Select, TextArea } from './inputs';
import { nodeName } from './results';

export function CommentForm({ id }: { id: string }): React.JSX.Element | null {
  const { document, trans, readOnly, onAction } = useForm();
  const comment = own(document.comments, id);
  const draft = useDraft<string>({
    text: comment?.text ?? '',
    read: text => ({ value: text }),
    commit: text => onAction({ type: 'set-comment', id, text: text ?? '' }),
    isLong: true
  });
  if (!comment) {
    return null;
  }
  const about = comment.nodes ?? [];
  const setAbout = (nodes: readonly string[]) =>
    onAction({ type: 'set-comment', id, nodes });
  const others = Object.keys(document.nodes).filter(
    node => !about.includes(node)
  );
  return (
    <>
      <header className="mlops-Properties-header">
        <h2>{trans.__('Comment')}</h2>
      </header>
      <div className="mlops-Properties-top">
        <Field
          label={trans.__('Text')}
          description={trans.__('Markdown can be used.')}
          pointers={[`/comments/${id}/text`]}
        >
          {ties => (
            <TextArea
              ties={ties}
              draft={draft}
              disabled={readOnly}
              rows={5}
              maxLength={10000}
            />
          )}
        </Field>
        <Field label={trans.__('About')} pointers={[`/comments/${id}/nodes`]}>
          {ties => (
            <>
              {about.map(node => (
                <span key={node} className="mlops-Chip">
                  <span className="mlops-Chip-text">
                    {nodeName(document, node)}
                  </span>
                  {!readOnly && (
                    <IconButton
                      label={trans.__('Not about %1', node)}
                      onClick={() =>
                        setAbout(about.filter(other => other !== node))
                      }
                    >
                      <closeIcon.react tag="span" elementSize="small" />
                    </IconButton>
                  )}
                </span>
              ))}
              {!readOnly && others.length > 0 && (
                <Select
                  ties={ties}
                  value=""
                  choices={[
                    { value: '', label: trans.__('Add a node …') },
                    ...others.map(node => ({
                      value: node,
                      label: nodeName(document, node)
                    }))
                  ]}
                  onChange={node => setAbout([...about, node])}
                />
              )}
            </>
          )}
        </Field>
      </div>
    </>
  );
}
