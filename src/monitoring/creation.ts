/** Makes the file of a new monitor from data, and opens it. */
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { DataSource } from '../api/client';
import type { MonitorStore } from '../api/monitors';
import type { MonitorDocument } from '../model/monitor';
import { monitorText } from '../model/monitortext';
import { checkColumns, chooseData } from './creating';

export interface ICreationOptions {
  manager: IDocumentManager;
  store: MonitorStore;
  trans: TranslationBundle;
  /** Where it is put when the data does not tell. */
  folder: string;
  /** The data; asked for when null. */
  source: DataSource | null;
}

/** The path of the new file; null if the person gave up. */
export async function createMonitor(
  options: ICreationOptions
): Promise<string | null> {
  const { manager, store, trans, folder } = options;
  const source =
    options.source ?? asSource(await chooseData(manager, folder, trans));
  if (source === null) {
    return null;
  }
  const proposal = await store.client.propose(source);
  const data = 'path' in source ? source.path : source.output;
  const stem = PathExt.basename(data).replace(/\.[^.]*$/, '') || 'model';
  const name = proposal.document.model.name || stem;
  const made = await checkColumns(proposal, name, trans);
  if (made === null) {
    return null;
  }
  const path = await write(
    manager.services.contents,
    proposal.folder,
    fileName(made.name),
    made.document
  );
  await store.refresh().catch(() => {
    // It is told in the panel.
  });
  return path;
}

function asSource(path: string | null): DataSource | null {
  return path === null ? null : { path };
}

/** A file name that any system takes. */
function fileName(name: string): string {
  return (
    name
      .trim()
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, 80) || 'model'
  );
}

/** Under the first free name: nothing is overwritten. */
async function write(
  contents: Contents.IManager,
  folder: string,
  name: string,
  document: MonitorDocument
): Promise<string> {
  const listing = await contents.get(folder, { content: true });
  const taken = new Set(
    (listing.content as Contents.IModel[]).map(entry => entry.name)
  );
  let file = `${name}.monitor`;
  for (let number = 1; taken.has(file); number += 1) {
    file = `${name}-${number}.monitor`;
  }
  const path = folder === '' ? file : `${folder}/${file}`;
  await contents.save(path, {
    type: 'file',
    format: 'text',
    content: monitorText(document)
  });
  return path;
}
