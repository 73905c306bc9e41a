/** The notebooks and scripts in the pipeline's folder and below, as asked for. */
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import { useEffect, useMemo, useState } from 'react';

import { nodeType } from './files';
import { useLatest } from './hooks';

/** What a folder holds, by path on the server. */
export type Listing =
  { readonly folders: string[]; readonly files: string[] } | 'failed';

/** Folders that hold nothing a person would put into a pipeline. */
const IGNORED = new Set(['node_modules', '__pycache__', 'venv', 'env', 'lib']);

/** The contents of the pipeline's folder and of those opened, kept current. */
export function useListings(
  contents: Contents.IManager,
  folder: string,
  open: ReadonlySet<string>
): [ReadonlyMap<string, Listing>, () => void] {
  const [listings, setListings] = useState<ReadonlyMap<string, Listing>>(
    new Map()
  );
  const shown = useMemo(() => [folder, ...open], [folder, open]);
  const read = useLatest(async (path: string) => {
    const listing = await list(contents, path);
    setListings(before => new Map(before).set(path, listing));
  });
  const refresh = useLatest(() => {
    shown.forEach(path => void read(path));
  });
  useEffect(() => {
    shown.filter(path => !listings.has(path)).forEach(path => void read(path));
  }, [shown, listings, read]);
  useEffect(() => {
    const slot = (_: unknown, change: Contents.IChangedArgs) => {
      if (change.type !== 'save') {
        refresh();
      }
    };
    contents.fileChanged.connect(slot);
    return () => {
      contents.fileChanged.disconnect(slot);
    };
  }, [contents, refresh]);
  return [listings, refresh];
}

async function list(
  contents: Contents.IManager,
  path: string
): Promise<Listing> {
  try {
    const folder = await contents.get(path, {
      type: 'directory',
      content: true
    });
    const items = (folder.content as Contents.IModel[]).filter(
      item => !item.name.startsWith('.')
    );
    const names = (type: (item: Contents.IModel) => boolean) =>
      items
        .filter(type)
        .map(item => PathExt.join(path, item.name))
        .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    return {
      folders: names(
        item => item.type === 'directory' && !IGNORED.has(item.name)
      ),
      files: names(
        item => item.type !== 'directory' && nodeType(item.name) !== null
      )
    };
  } catch {
    return 'failed';
  }
}
