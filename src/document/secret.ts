/** Asking for a new secret: its value goes to the server and nowhere else. */
import { InputDialog, Notification } from '@jupyterlab/apputils';

import { sentenceOf } from './runner';
import type { PipelineSession } from './session';

const NAME = '[A-Za-z0-9][A-Za-z0-9_.\\-]{0,99}';

/** The name of the secret that was made; null for none. */
export async function newSecret(
  session: PipelineSession
): Promise<string | null> {
  const { trans, api } = session;
  const name = await InputDialog.getText({
    title: trans.__('New secret'),
    label: trans.__('Its name, which the pipeline refers to it by'),
    pattern: NAME,
    required: true,
    okLabel: trans.__('Next')
  });
  if (!name.button.accept || !name.value) {
    return null;
  }
  const secret = await InputDialog.getPassword({
    title: trans.__('Value of %1', name.value),
    label: trans.__('It is kept on the server, never in the pipeline’s file'),
    okLabel: trans.__('Keep')
  });
  if (!secret.button.accept || !secret.value) {
    return null;
  }
  try {
    await api.client.setSecret(name.value, secret.value);
    return name.value;
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 8000 });
    return null;
  }
}
