/** Issues where they are: at the field that their JSON pointer names. */
import React from 'react';

import type { Issue } from '../model/document';
import { safeText } from '../ui/safetext';

/** The issues at some places, and of what lies below. */
export function issuesAt(
  issues: readonly Issue[],
  pointers: readonly string[]
): Issue[] {
  return issues.filter(({ pointer }) =>
    pointers.some(place => pointer === place || pointer.startsWith(`${place}/`))
  );
}

/** As issuesAt, without those that are shown further inside. */
export function issuesBeside(
  issues: readonly Issue[],
  pointers: readonly string[],
  inner: readonly string[]
): Issue[] {
  const inside = new Set(issuesAt(issues, inner));
  return issuesAt(issues, pointers).filter(issue => !inside.has(issue));
}

/** Each issue once: several nodes may have the same. */
export function IssueNotes({
  issues,
  id
}: {
  issues: readonly Issue[];
  id?: string;
}): React.JSX.Element | null {
  if (issues.length === 0) {
    return null;
  }
  const seen = new Map(
    issues.map(issue => [`${issue.severity} ${issue.message}`, issue])
  );
  return (
    <div id={id} className="mlops-Field-issues">
      {[...seen].map(([key, { severity, message, hint }]) => (
        <p key={key} className={`mlops-Field-issue mlops-mod-${severity}`}>
          {safeText(message)}
          {hint && <span className="mlops-Field-hint"> {safeText(hint)}</span>}
        </p>
      ))}
    </div>
  );
}
