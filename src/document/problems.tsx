/** The issues of a pipeline as a list; each leads to its place. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Issue, PipelineDocument } from '../model/document';
import { problemIcon } from '../ui/icons';

export interface IProblemsProps {
  issues: readonly Issue[];
  document: PipelineDocument;
  /** Why the server could not look, or null. */
  failure: string | null;
  trans: TranslationBundle;
  onShow: (issue: Issue) => void;
}

export function Problems(props: IProblemsProps): React.JSX.Element {
  const { issues, document, failure, trans, onShow } = props;
  return (
    <div className="mlops-Problems">
      {failure !== null && (
        <p className="mlops-Drawer-note">
          {trans.__('Only the pipeline itself was checked: %1', failure)}
        </p>
      )}
      {issues.length === 0 && failure === null && (
        <p className="mlops-Drawer-note">
          {trans.__('No problems. The pipeline can run.')}
        </p>
      )}
      <ul>
        {sorted(issues).map((issue, index) => (
          <li key={index}>
            <button
              className={`mlops-Problem mlops-mod-${issue.severity}`}
              onClick={() => onShow(issue)}
            >
              <problemIcon.react
                tag="span"
                width="16px"
                className={`mlops-Problem-icon mlops-mod-${issue.severity}`}
              />
              <span className="mlops-Problem-severity">
                {issue.severity === 'error'
                  ? trans.__('Error')
                  : trans.__('Warning')}
              </span>
              <span className="mlops-Problem-text">
                <span className="mlops-Problem-message">{issue.message}</span>
                {issue.hint && (
                  <span className="mlops-Problem-hint">{issue.hint}</span>
                )}
              </span>
              <span className="mlops-Problem-place">
                {place(issue, document, trans)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Errors first; otherwise as they were found. */
function sorted(issues: readonly Issue[]): Issue[] {
  const weight = (issue: Issue) => (issue.severity === 'error' ? 0 : 1);
  return [...issues].sort((a, b) => weight(a) - weight(b));
}

function place(
  issue: Issue,
  document: PipelineDocument,
  trans: TranslationBundle
): string {
  if (issue.node !== null) {
    const node = Object.hasOwn(document.nodes, issue.node)
      ? document.nodes[issue.node]
      : undefined;
    return node?.label ?? issue.node;
  }
  return issue.nodes?.join(' → ') ?? trans.__('Pipeline');
}
