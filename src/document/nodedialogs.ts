/** What is asked about nodes: a name, or where an edge leads. */
import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { own } from '../model/document';
import type { PipelineDocument } from '../model/document';
import { wouldCycle } from '../model/graph';
import type { PipelineSession } from './session';

/** The name of a node in lists: its label, and its id where that is another. */
function title(document: PipelineDocument, id: string): string {
  const label = own(document.nodes, id)?.label;
  return label === undefined ? id : `${label} (${id})`;
}

/** The nodes that an edge can lead to, from all of these. */
export function targets(
  document: PipelineDocument,
  from: readonly string[]
): string[] {
  return Object.keys(document.nodes).filter(to =>
    from.every(source => source !== to && !wouldCycle(document, source, to))
  );
}

export async function rename(
  session: PipelineSession,
  trans: TranslationBundle
): Promise<void> {
  const [id] = session.selection.nodes;
  const { value, button } = await InputDialog.getText({
    title: trans.__('Name of the node'),
    text: own(session.document().nodes, id)?.label ?? '',
    placeholder: id,
    okLabel: trans.__('Rename')
  });
  if (button.accept) {
    session.dispatch({
      type: 'rename-node',
      id,
      label: value?.trim() || undefined
    });
  }
}

export async function connect(
  session: PipelineSession,
  trans: TranslationBundle
): Promise<void> {
  const document = session.document();
  const from = session.selection.nodes;
  const choices = targets(document, from);
  const { value } = await InputDialog.getItem({
    title: trans.__(
      'Connect %1 to',
      from.map(id => title(document, id)).join(', ')
    ),
    items: choices.map(id => title(document, id)),
    okLabel: trans.__('Connect')
  });
  const to = choices.find(id => title(document, id) === value);
  if (to !== undefined) {
    for (const source of from) {
      session.dispatch({ type: 'connect', from: source, to });
    }
  }
}
