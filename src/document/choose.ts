/** Asking for notebooks and scripts, as JupyterLab asks for files. */
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';

import { nodeType } from './files';
import type { PipelineSession } from './session';

/** Paths on the server; none if the person chose none. */
export async function chooseFiles(
  session: PipelineSession,
  manager: IDocumentManager
): Promise<string[]> {
  const { value, button } = await FileDialog.getOpenFiles({
    manager,
    title: session.trans.__('Add notebooks and scripts'),
    defaultPath: session.folder,
    filter: ({ type, name }) =>
      type === 'directory' || nodeType(name) !== null ? {} : null
  });
  return button.accept
    ? (value ?? [])
        .filter(({ type, name }) => type !== 'directory' && nodeType(name))
        .map(({ path }) => PathExt.normalize(path))
    : [];
}
