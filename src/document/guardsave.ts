/** No byte of a file that cannot be read as a pipeline is ever changed. */
import { Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { PipelineModel } from './model';

/**
 * Keep such a file from being written. JupyterLab asks the
 * server whether a file is writable, not the model whether it should be.
 */
export function guardSave(
  context: DocumentRegistry.IContext<PipelineModel>,
  trans: TranslationBundle
): void {
  const save = context.save.bind(context);
  context.save = async () => {
    if (context.model.unreadable) {
      Notification.warning(
        trans.__(
          '%1 is left as it is: it cannot be shown as a pipeline.',
          PathExt.basename(context.localPath)
        ),
        { autoClose: 5000 }
      );
      const refusal = new Error('The file cannot be read as a pipeline.');
      // As if the person had taken it back: nothing more is said or done.
      refusal.name = 'ModalCancelError';
      throw refusal;
    }
    await save();
  };
}
