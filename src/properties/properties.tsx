/**
 * The properties of what is selected: nodes, an edge, a comment, or the
 * pipeline. Each form is made anew for another selection, so that what was
 * being typed is handed on before.
 */
import React, { useCallback, useMemo, useRef, useState } from 'react';

import type { Issue, PipelineDocument, Selection } from '../model/document';
import { own } from '../model/document';
import { edgesByKey } from '../model/patch';
import { CommentForm } from './comment';
import { EdgeForm } from './edge';
import { Facts, FactsContext } from './facts';
import { useFieldFocus } from './focus';
import { FormContext } from './form';
import type { Form } from './form';
import { FoldingContext } from './group';
import type { Folding } from './group';
import { NodesForm } from './nodes';
import { PipelineForm } from './pipeline';
import type { PropertiesProps } from './props';

export default function Properties(props: PropertiesProps): React.JSX.Element {
  const { document, issues, run, readOnly, trans, client } = props;
  const { onAction, onShowLineage, onNewSecret, schedules } = props;
  const root = useRef<HTMLDivElement>(null);
  const facts = useMemo(() => new Facts(client), [client]);
  const selection = useExisting(document, props.selection);
  const [folding, open] = useFolding();
  useFieldFocus(root, props.focusField, open, document);

  const shown = useMemo(
    () => issuesOf(document, selection, issues),
    [document, selection, issues]
  );
  const form: Form = useMemo(
    () => ({
      trans,
      readOnly,
      document,
      run,
      issues: shown,
      onAction,
      onShowLineage,
      onNewSecret,
      schedules
    }),
    [
      trans,
      readOnly,
      document,
      run,
      shown,
      onAction,
      onShowLineage,
      onNewSecret,
      schedules
    ]
  );
  return (
    <FormContext.Provider value={form}>
      <FactsContext.Provider value={facts}>
        <FoldingContext.Provider value={folding}>
          <div
            ref={root}
            className={`mlops-Properties${readOnly ? ' mlops-mod-readOnly' : ''}`}
          >
            <Selected selection={selection} trans={trans} />
          </div>
        </FoldingContext.Provider>
      </FactsContext.Provider>
    </FormContext.Provider>
  );
}

function Selected({
  selection,
  trans
}: {
  selection: Selection;
  trans: PropertiesProps['trans'];
}): React.JSX.Element {
  const { nodes, edges, comments } = selection;
  if (nodes.length > 0) {
    return <NodesForm key={nodes.join(' ')} ids={nodes} />;
  }
  if (edges.length === 1 && comments.length === 0) {
    return <EdgeForm key={edges[0]} edge={edges[0]} />;
  }
  if (comments.length === 1 && edges.length === 0) {
    return <CommentForm key={comments[0]} id={comments[0]} />;
  }
  if (edges.length + comments.length > 0) {
    const count = edges.length + comments.length;
    return (
      <header className="mlops-Properties-header">
        <h2>
          {trans._n('%1 thing selected', '%1 things selected', count, count)}
        </h2>
      </header>
    );
  }
  return <PipelineForm />;
}

/** What is selected and still there; the same object while it is the same. */
function useExisting(
  document: PipelineDocument,
  selection: Selection
): Selection {
  const { nodes, edges, comments } = selection;
  const known = useRef<Selection>(selection);
  const wires = edges.length > 0 ? edgesByKey(document.edges) : null;
  const next: Selection = {
    nodes: nodes.filter(id => own(document.nodes, id)),
    edges: edges.filter(key => wires?.has(key)),
    comments: comments.filter(id => own(document.comments, id))
  };
  if (JSON.stringify(next) !== JSON.stringify(known.current)) {
    known.current = next;
  }
  return known.current;
}

/** The issues of what is selected; without a selection those of the pipeline. */
function issuesOf(
  document: PipelineDocument,
  { nodes, edges, comments }: Selection,
  issues: readonly Issue[]
): Issue[] {
  if (nodes.length > 0) {
    return issues.filter(issue =>
      (issue.nodes ?? [issue.node]).some(
        id => id !== null && nodes.includes(id)
      )
    );
  }
  const places = [
    ...edges.map(key => {
      const edge = edgesByKey(document.edges).get(key);
      return `/edges/${edge ? (document.edges ?? []).indexOf(edge) : -1}`;
    }),
    ...comments.map(id => `/comments/${id}`)
  ];
  if (places.length > 0) {
    return issues.filter(({ pointer }) =>
      places.some(place => pointer === place || pointer.startsWith(`${place}/`))
    );
  }
  return issues.filter(
    ({ node, pointer }) => node === null && !pointer.startsWith('/edges/')
  );
}

/** Which groups are open, while the panel is. */
function useFolding(): [Folding, (group: string) => void] {
  const [groups, setGroups] = useState<Readonly<Record<string, boolean>>>({});
  const toggle = useCallback((group: string, isOpen: boolean) => {
    setGroups(before => ({ ...before, [group]: isOpen }));
  }, []);
  const folding = useMemo(
    () => ({
      isOpen: (group: string, byDefault: boolean) => groups[group] ?? byDefault,
      toggle
    }),
    [groups, toggle]
  );
  const open = useCallback((group: string) => toggle(group, true), [toggle]);
  return [folding, open];
}
