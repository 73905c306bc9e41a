/**
 * Files that a node's last run read or made and that it does not declare:
 * offered to be declared, so that it runs elsewhere and is run again when they
 * change.
 */
import React from 'react';

import { own } from '../model/document';
import { safeLine } from '../ui/safetext';
import { useUndeclared } from './facts';
import { useForm } from './form';
import type { Target } from './target';

/** More than these are a folder's worth, and better declared as one. */
const MOST = 12;

export function Finds(props: {
  /** The field that they would stand in: files or outputs. */
  field: string;
  target: Target;
  declared: readonly string[];
  onDeclare: (paths: readonly string[]) => void;
}): React.JSX.Element | null {
  const { field, target, declared, onDeclare } = props;
  const { trans, readOnly } = useForm();
  const found = useFound(field, target).filter(
    path => !declared.includes(path)
  );
  if (readOnly || found.length === 0) {
    return null;
  }
  const isOutput = field === 'outputs';
  const title = isOutput
    ? trans.__('Made in the last run, not declared')
    : trans.__('Read in the last run, not declared');
  return (
    <div className="mlops-Finds" role="group" aria-label={title}>
      <p>{title}</p>
      <ul>
        {found.slice(0, MOST).map(path => (
          <li key={path}>
            <code title={safeLine(path)}>
              <bdi>{safeLine(path)}</bdi>
            </code>
            <button
              type="button"
              className="mlops-Link"
              title={trans.__('Declare %1', safeLine(path))}
              aria-label={trans.__('Declare %1', safeLine(path))}
              onClick={() => onDeclare([path])}
            >
              {trans.__('Declare')}
            </button>
          </li>
        ))}
      </ul>
      {found.length > MOST && (
        <p>{trans.__('and %1 more', found.length - MOST)}</p>
      )}
      {found.length > 1 && (
        <button
          type="button"
          className="mlops-Link"
          onClick={() => onDeclare(found)}
        >
          {trans.__('Declare all %1', found.length)}
        </button>
      )}
    </div>
  );
}

/** How many files of a node wait to be declared. */
export function useFindCount(target: Target): number {
  const files = useFound('files', target);
  const outputs = useFound('outputs', target);
  const missing = (paths: readonly string[], field: string) => {
    const held = target.read(field);
    const declared = Array.isArray(held) ? held : [];
    return paths.filter(path => !declared.includes(path)).length;
  };
  return missing(files, 'files') + missing(outputs, 'outputs');
}

function useFound(field: string, target: Target): readonly string[] {
  const { run } = useForm();
  const undeclared = useUndeclared(run ? `${run.id} ${run.state}` : '');
  const [pointer = '', ...others] = target.pointers;
  const id = others.length === 0 ? /^\/nodes\/([^/]+)$/.exec(pointer)?.[1] : '';
  const found = id ? own(undeclared?.nodes, id) : undefined;
  return (field === 'outputs' ? found?.outputs : found?.files) ?? [];
}
