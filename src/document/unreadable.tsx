/**
 * What is shown in the canvas' place for a file that is no pipeline: why, where,
 * and what to do. Nothing here writes: a broken file is its owner's to mend.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Issue } from '../model/document';
import { problemIcon } from '../ui/icons';
import { safeLine } from '../ui/safetext';
import type { IUnreadable } from './ypipeline';

export interface IUnreadableProps {
  name: string;
  unreadable: IUnreadable;
  trans: TranslationBundle;
  onEdit: () => void;
  onReload: () => void;
  /** Only for a file without any text. */
  onStart: () => void;
}

const MOST = 50;

export function Unreadable(props: IUnreadableProps): React.JSX.Element {
  const { name, unreadable, trans, onEdit, onReload, onStart } = props;
  const { text, issues, format } = unreadable;
  const isEmpty = text.trim() === '';
  return (
    <div className="mlops-Unreadable" role="region" aria-label={name}>
      <div className="mlops-Unreadable-sheet">
        <h2 className="mlops-Unreadable-title">
          <problemIcon.react tag="span" width="20px" />
          {isEmpty
            ? trans.__('%1 is empty', name)
            : trans.__('%1 cannot be shown as a pipeline', name)}
        </h2>
        <p>{explanation(format, isEmpty, trans)}</p>
        {!isEmpty && (
          <ul>
            {issues.slice(0, MOST).map((issue, index) => (
              <IssueItem key={index} issue={issue} text={text} trans={trans} />
            ))}
          </ul>
        )}
        {issues.length > MOST && (
          <p>{trans.__('… and %1 more.', issues.length - MOST)}</p>
        )}
        <div className="mlops-Unreadable-actions">
          {isEmpty && (
            <button className="jp-mod-styled jp-mod-accept" onClick={onStart}>
              {trans.__('Start a new pipeline in it')}
            </button>
          )}
          <button
            className={`jp-mod-styled ${isEmpty ? 'jp-mod-reject' : 'jp-mod-accept'}`}
            onClick={onEdit}
          >
            {trans.__('Open in text editor')}
          </button>
          <button className="jp-mod-styled jp-mod-reject" onClick={onReload}>
            {trans.__('Validate again')}
          </button>
        </div>
      </div>
    </div>
  );
}

function IssueItem(props: {
  issue: Issue;
  text: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { issue, text, trans } = props;
  const line = lineOf(issue, text);
  return (
    <li className={`mlops-mod-${issue.severity}`}>
      <span className="mlops-Unreadable-message">{issue.message}</span>
      {issue.hint && (
        <span className="mlops-Unreadable-hint">{issue.hint}</span>
      )}
      {line !== null ? (
        <code>
          <span className="mlops-Unreadable-place">
            {trans.__('line %1', line)}
          </span>
          {safeLine(text.split('\n')[line - 1] ?? '', 120)}
        </code>
      ) : (
        issue.pointer && (
          <code>
            <span className="mlops-Unreadable-place">{trans.__('at')}</span>
            {safeLine(issue.pointer, 120)}
          </code>
        )
      )}
    </li>
  );
}

function explanation(
  format: string,
  isEmpty: boolean,
  trans: TranslationBundle
): string {
  if (isEmpty) {
    return trans.__('There is nothing in this file yet.');
  }
  if (format.startsWith('elyra')) {
    return trans.__(
      'It is a pipeline of Elyra. The file is left as it is: nothing is changed by looking at it.'
    );
  }
  return trans.__(
    'The file is left as it is until it is mended in a text editor; nothing is changed by looking at it.'
  );
}

/** The line that an issue speaks of, where its sentence names one. */
function lineOf(issue: Issue, text: string): number | null {
  const named = /\bline (\d+)/i.exec(issue.message);
  if (named) {
    return Number(named[1]);
  }
  return issue.pointer ? lineOfPointer(text, issue.pointer) : null;
}

/** The line of a JSON pointer's last key: good enough to find it by eye. */
function lineOfPointer(text: string, pointer: string): number | null {
  let at = 0;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (/^\d+$/.test(key)) {
      continue;
    }
    const found = text.indexOf(`${JSON.stringify(key)}:`, at);
    if (found === -1) {
      return at === 0 ? null : text.slice(0, at).split('\n').length;
    }
    at = found;
  }
  return at === 0 ? null : text.slice(0, at).split('\n').length;
}
