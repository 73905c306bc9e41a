/**
 * What can be put on the canvas: the notebooks and scripts near the pipeline,
 * and what is no file. By dragging, by double-click, or with Enter.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  addIcon,
  caretDownIcon,
  caretRightIcon,
  codeIcon,
  consoleIcon,
  folderIcon,
  LabIcon,
  notebookIcon,
  pythonIcon,
  rKernelIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import React, { useCallback, useState } from 'react';

import { commentIcon, leftPanelIcon } from '../ui/icons';
import { useListings } from './listings';
import type { Listing } from './listings';

/** What a palette item carries while it is dragged. */
export const PALETTE_MIME = 'application/x-mlops-palette';

export type PaletteItem =
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'comment' };

export interface IPaletteProps {
  contents: Contents.IManager;
  /** The pipeline's folder on the server. */
  folder: string;
  /** Files, by their path on the server, that are nodes already. */
  used: ReadonlySet<string>;
  trans: TranslationBundle;
  isDisabled: boolean;
  onAdd: (item: PaletteItem) => void;
  onFold: () => void;
}

export function Palette(props: IPaletteProps): React.JSX.Element {
  const { contents, folder, trans, onAdd, onFold } = props;
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [listings, refresh] = useListings(contents, folder, open);
  const wanted = search.trim().toLowerCase();
  const toggle = useCallback((path: string) => {
    setOpen(before => {
      const next = new Set(before);
      if (!next.delete(path)) {
        next.add(path);
      }
      return next;
    });
  }, []);
  const matches = (name: string) => name.toLowerCase().includes(wanted);
  const comment = trans.__('Comment');
  return (
    <aside className="mlops-Palette" aria-label={trans.__('Palette')}>
      <header className="mlops-Pane-header">
        <h3>{trans.__('Add')}</h3>
        <button
          className="mlops-IconButton"
          title={trans.__('Read the folder again')}
          aria-label={trans.__('Read the folder again')}
          onClick={refresh}
        >
          <refreshIcon.react tag="span" width="14px" />
        </button>
        <button
          className="mlops-IconButton"
          title={trans.__('Fold the palette')}
          aria-label={trans.__('Fold the palette')}
          onClick={onFold}
        >
          <leftPanelIcon.react tag="span" width="14px" />
        </button>
      </header>
      <input
        className="mlops-Palette-search jp-mod-styled"
        type="search"
        value={search}
        placeholder={trans.__('Search')}
        aria-label={trans.__('Search notebooks and scripts')}
        onChange={event => setSearch(event.target.value)}
      />
      <div className="mlops-Palette-list">
        {matches(comment) && (
          <Item
            icon={commentIcon}
            name={comment}
            item={{ kind: 'comment' }}
            {...props}
            onAdd={onAdd}
          />
        )}
        <h4>{trans.__('Notebooks and scripts')}</h4>
        <Folder
          {...props}
          depth={0}
          path={folder}
          listings={listings}
          open={open}
          wanted={wanted}
          onToggle={toggle}
        />
      </div>
    </aside>
  );
}

interface IFolderProps extends IPaletteProps {
  path: string;
  depth: number;
  listings: ReadonlyMap<string, Listing>;
  open: ReadonlySet<string>;
  wanted: string;
  onToggle: (path: string) => void;
}

/** The files of one folder, and the folders in it. */
function Folder(props: IFolderProps): React.JSX.Element {
  const { path, depth, listings, open, wanted, trans, onToggle } = props;
  const listing = listings.get(path);
  if (listing === undefined) {
    return <p className="mlops-Palette-note">{trans.__('Reading…')}</p>;
  }
  if (listing === 'failed') {
    return (
      <p className="mlops-Palette-note">
        {trans.__('This folder cannot be read.')}
      </p>
    );
  }
  const files = listing.files.filter(file =>
    PathExt.basename(file).toLowerCase().includes(wanted)
  );
  const isEmpty = files.length === 0 && listing.folders.length === 0;
  return (
    <>
      {isEmpty && (
        <p className="mlops-Palette-note">
          {wanted
            ? trans.__('Nothing here has this name.')
            : trans.__('No notebooks or scripts here.')}
        </p>
      )}
      {files.map(file => (
        <Item
          key={file}
          {...props}
          icon={fileIcon(file)}
          name={PathExt.basename(file)}
          isUsed={props.used.has(file)}
          item={{ kind: 'files', paths: [file] }}
        />
      ))}
      {listing.folders.map(child => {
        const isOpen = open.has(child);
        const Caret = isOpen ? caretDownIcon : caretRightIcon;
        return (
          <React.Fragment key={child}>
            <button
              className="mlops-Palette-folder"
              style={{ paddingInlineStart: 4 + depth * 12 }}
              aria-expanded={isOpen}
              onClick={() => onToggle(child)}
            >
              <Caret.react tag="span" width="14px" />
              <folderIcon.react tag="span" width="16px" />
              <span className="mlops-Palette-name">
                {PathExt.basename(child)}
              </span>
            </button>
            {isOpen && <Folder {...props} path={child} depth={depth + 1} />}
          </React.Fragment>
        );
      })}
    </>
  );
}

interface IItemProps {
  icon: LabIcon;
  name: string;
  item: PaletteItem;
  depth?: number;
  isUsed?: boolean;
  isDisabled: boolean;
  trans: TranslationBundle;
  onAdd: (item: PaletteItem) => void;
}

function Item(props: IItemProps): React.JSX.Element {
  const { icon, name, item, depth = 0, isUsed, isDisabled, trans } = props;
  const Icon = icon;
  const add = () => {
    if (!isDisabled) {
      props.onAdd(item);
    }
  };
  const title = isUsed
    ? trans.__('%1\nIt is in the pipeline already.', name)
    : trans.__('%1\nDrag it onto the canvas, or double-click to add it.', name);
  return (
    <div
      className={`mlops-Palette-item${isUsed ? ' mlops-mod-used' : ''}`}
      role="button"
      tabIndex={0}
      draggable={!isDisabled}
      aria-disabled={isDisabled}
      aria-label={trans.__('Add %1', name)}
      title={title}
      style={{ paddingInlineStart: 8 + depth * 12 }}
      onDoubleClick={add}
      onKeyDown={event => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          add();
        }
      }}
      onDragStart={event => {
        event.dataTransfer.setData(PALETTE_MIME, JSON.stringify(item));
        event.dataTransfer.effectAllowed = 'copy';
      }}
    >
      <Icon.react tag="span" width="16px" className="mlops-Palette-icon" />
      <span className="mlops-Palette-name">{name}</span>
      {/* For the mouse only: the item itself is the button. */}
      <span
        className="mlops-IconButton mlops-Palette-add"
        title={trans.__('Add %1', name)}
        aria-hidden
        onClick={add}
        onDoubleClick={event => event.stopPropagation()}
      >
        <addIcon.react tag="span" width="14px" />
      </span>
    </div>
  );
}

function fileIcon(path: string): LabIcon {
  switch (PathExt.extname(path).toLowerCase()) {
    case '.ipynb':
      return notebookIcon;
    case '.py':
      return pythonIcon;
    case '.r':
      return rKernelIcon;
    case '.sh':
      return consoleIcon;
    default:
      return codeIcon;
  }
}
