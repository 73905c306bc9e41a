/** The commands that change a pipeline: each is one action, one step to undo. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  addIcon,
  copyIcon,
  cutIcon,
  deleteIcon,
  duplicateIcon,
  editIcon,
  linkIcon,
  pasteIcon,
  redoIcon,
  undoIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import type { Selection } from '../model/document';
import { copy, rebase } from '../model/fragment';
import { arrangeIcon, commentIcon } from '../ui/icons';
import { readClipboard, writeClipboard } from './clipboard';
import { CommandIDs } from './commandids';
import { addItem, addNodes, placeFor } from './drop';
import type { ChooseFiles } from './drop';
import { argsSchema } from './describe';
import { connect, rename, targets } from './nodedialogs';
import type { PipelineSession } from './session';
import { textArg } from './sessions';
import type { Args, Sessions } from './sessions';

type Edit = {
  label: string;
  /** What its button says; most say nothing beside their icon. */
  toolbarLabel?: string;
  caption: string;
  icon?: CommandRegistry.ICommandOptions['icon'];
  /** Whether there is something to do it to; an editable pipeline is a given. */
  isEnabled?: (session: PipelineSession, args: Args) => boolean;
  execute: (session: PipelineSession, args: Args) => unknown;
  properties?: Parameters<typeof argsSchema>[0];
};

export function addEditCommands(
  commands: CommandRegistry,
  sessions: Sessions,
  choose: ChooseFiles,
  trans: TranslationBundle
): void {
  const edits: { [id: string]: Edit } = {
    ...historyEdits(trans),
    ...clipboardEdits(trans),
    ...nodeEdits(trans),
    ...canvasEdits(choose, trans)
  };
  for (const [id, edit] of Object.entries(edits)) {
    commands.addCommand(id, {
      label: args => (args['toolbar'] ? (edit.toolbarLabel ?? '') : edit.label),
      caption: edit.caption,
      icon: edit.icon,
      describedBy: { args: argsSchema(edit.properties, trans) },
      isEnabled: args => {
        const session = sessions.find(args);
        return (
          session !== null &&
          session.isReady &&
          !session.readOnly &&
          (edit.isEnabled?.(session, args) ?? true)
        );
      },
      execute: async args => {
        const session = sessions.find(args);
        if (session !== null) {
          await edit.execute(session, args);
        }
      }
    });
  }
}

function historyEdits(trans: TranslationBundle): { [id: string]: Edit } {
  return {
    [CommandIDs.undo]: {
      label: trans.__('Undo'),
      caption: trans.__('Undo the last change of the pipeline'),
      icon: undoIcon,
      isEnabled: ({ model }) => model.sharedModel.canUndo(),
      execute: session => session.undo()
    },
    [CommandIDs.redo]: {
      label: trans.__('Redo'),
      caption: trans.__('Redo what was undone'),
      icon: redoIcon,
      isEnabled: ({ model }) => model.sharedModel.canRedo(),
      execute: session => session.redo()
    }
  };
}

function clipboardEdits(trans: TranslationBundle): { [id: string]: Edit } {
  const fragmentOf = (session: PipelineSession) =>
    copy(session.document(), copyable(session.selection), session.folder);
  return {
    [CommandIDs.cut]: {
      label: trans.__('Cut'),
      caption: trans.__('Cut the selected nodes and comments'),
      icon: cutIcon,
      isEnabled: hasCopyable,
      execute: async session => {
        const fragment = fragmentOf(session);
        removeSelected(session);
        await writeClipboard(fragment);
      }
    },
    [CommandIDs.copy]: {
      label: trans.__('Copy'),
      caption: trans.__('Copy the selected nodes and comments'),
      icon: copyIcon,
      isEnabled: hasCopyable,
      execute: session => writeClipboard(fragmentOf(session))
    },
    [CommandIDs.paste]: {
      label: trans.__('Paste'),
      caption: trans.__('Paste nodes and comments at the pointer'),
      icon: pasteIcon,
      execute: async session => {
        const position = pointed(session);
        const fragment = await readClipboard();
        if (fragment === null) {
          session.say(trans.__('There are no copied nodes to paste.'));
          return;
        }
        session.dispatch({
          type: 'paste',
          fragment: rebase(fragment, session.folder),
          position: position ?? undefined
        });
      }
    },
    [CommandIDs.duplicate]: {
      label: trans.__('Duplicate'),
      caption: trans.__('Duplicate the selected nodes and comments'),
      icon: duplicateIcon,
      isEnabled: hasCopyable,
      execute: session =>
        session.dispatch({
          type: 'duplicate',
          ids: copyable(session.selection)
        })
    }
  };
}

function nodeEdits(trans: TranslationBundle): { [id: string]: Edit } {
  return {
    [CommandIDs.delete]: {
      label: trans.__('Delete'),
      caption: trans.__('Remove what is selected; files stay where they are'),
      icon: deleteIcon,
      isEnabled: ({ selection }) =>
        copyable(selection).length + selection.edges.length > 0,
      execute: removeSelected
    },
    [CommandIDs.rename]: {
      label: trans.__('Rename…'),
      caption: trans.__('Give the selected node another name'),
      icon: editIcon,
      isEnabled: hasOneNode,
      execute: session => rename(session, trans)
    },
    [CommandIDs.connect]: {
      label: trans.__('Connect To…'),
      caption: trans.__('Draw an edge from the selected node to another'),
      icon: linkIcon,
      isEnabled: session =>
        session.selection.nodes.length > 0 &&
        targets(session.document(), session.selection.nodes).length > 0,
      execute: session => connect(session, trans)
    },
    [CommandIDs.selectAll]: {
      label: trans.__('Select All'),
      caption: trans.__('Select all nodes and comments'),
      execute: session => {
        const { nodes, comments } = session.document();
        session.select({
          nodes: Object.keys(nodes),
          edges: [],
          comments: Object.keys(comments ?? {})
        });
      }
    }
  };
}

function canvasEdits(
  choose: ChooseFiles,
  trans: TranslationBundle
): { [id: string]: Edit } {
  return {
    [CommandIDs.addNodes]: {
      label: trans.__('Add Notebooks and Scripts…'),
      toolbarLabel: trans.__('Add'),
      caption: trans.__('Add notebooks and scripts to the pipeline'),
      icon: addIcon,
      properties: {
        files: {
          type: 'array',
          items: { type: 'string' },
          description: trans.__(
            'Paths of the files on the server; without them the person is asked'
          )
        }
      },
      execute: async (session, args) => {
        const position = pointed(session);
        const given = args['files'];
        const files = Array.isArray(given)
          ? given.filter(file => typeof file === 'string')
          : await choose(session);
        addNodes(session, files, position ?? placeFor(session));
      }
    },
    [CommandIDs.addComment]: {
      label: trans.__('Add Comment'),
      caption: trans.__('Put a note on the canvas'),
      icon: commentIcon,
      execute: session =>
        addItem(session, { kind: 'comment' }, pointed(session))
    },
    [CommandIDs.arrange]: {
      label: trans.__('Arrange'),
      caption: trans.__('Put all nodes in order, from left to right'),
      icon: arrangeIcon,
      isEnabled: session => Object.keys(session.document().nodes).length > 1,
      execute: session => {
        session.dispatch({ type: 'arrange' });
        requestAnimationFrame(() => session.canvas?.fit());
      }
    }
  };
}

/** Where the pointer is on the canvas; null if it is elsewhere. */
function pointed(session: PipelineSession): [number, number] | null {
  const { pointer, canvas } = session;
  return pointer && canvas ? canvas.toFlow(...pointer) : null;
}

function copyable({ nodes, comments }: Selection): string[] {
  return [...nodes, ...comments];
}

function hasCopyable({ selection }: PipelineSession): boolean {
  return copyable(selection).length > 0;
}

function hasOneNode({ selection }: PipelineSession): boolean {
  return selection.nodes.length === 1;
}

/** A comment's or node's id among a command's arguments, else the selection. */
export function nodeArg(session: PipelineSession, args: Args): string | null {
  const { nodes } = session.selection;
  return textArg(args, 'node') ?? (nodes.length === 1 ? nodes[0] : null);
}

/**
 * Remove what is selected. The keyboard stays on the canvas: what had it goes,
 * and the next thing that a person presses may be undo.
 */
function removeSelected(session: PipelineSession): void {
  const { element } = session;
  if (element?.contains(document.activeElement)) {
    element.focus({ preventScroll: true });
  }
  session.dispatch({ type: 'remove', ...session.selection });
}
