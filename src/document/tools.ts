/** What the screens need of JupyterLab. */
import type { Contents } from '@jupyterlab/services';
import type { CommandRegistry } from '@lumino/commands';

import type { ChooseFiles } from './drop';

export type ShellTools = {
  readonly contents: Contents.IManager;
  readonly commands: CommandRegistry;
  readonly chooseFiles: ChooseFiles;
  /** Markdown as JupyterLab shows it, sanitised. */
  readonly renderMarkdown?: (text: string) => Promise<HTMLElement>;
};
