/** The page of a file's lineage as a tab of JupyterLab. */
import { MainAreaWidget, ReactWidget } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import React from 'react';

import { lineageIcon } from '../ui/icons';
import { LineageView } from './view';
import type { ILineageViewProps } from './view';

/** The id of the page of a file. */
export function lineageId(path: string): string {
  return `mlops-lineage-${path}`;
}

export class LineageWidget extends MainAreaWidget {
  constructor(props: ILineageViewProps) {
    const content = ReactWidget.create(<LineageView {...props} />);
    content.addClass('mlops-LineagePage');
    super({ content });
    const { path, trans } = props;
    this.id = lineageId(path);
    this.toolbar.hide();
    this.title.icon = lineageIcon;
    this.title.label = PathExt.basename(path);
    this.title.caption = trans.__('Where %1 comes from', path);
    this.title.closable = true;
  }
}
