/** Provides the API to the features, and the drive that shows runs' files. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

// A provider answers with the thing itself: it is needed at once, and small.
/* eslint-disable jupyter/prefer-lazy-imports */
import { Client } from './client';
import { DeploymentStore } from './deployments';
import { RunDrive } from './drive';
import { MonitorStore } from './monitors';
import { RunStore } from './runs';
import { RuntimeStore } from './runtimes';
/* eslint-enable jupyter/prefer-lazy-imports */
import { IMlopsApi } from './tokens';

export const apiPlugin: JupyterFrontEndPlugin<IMlopsApi> = {
  id: 'mlops-ext:api',
  description: 'The API of pipelines and runs, and the files of runs.',
  autoStart: true,
  provides: IMlopsApi,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null) => {
    const { connectionFailure, contents, events, serverSettings } =
      app.serviceManager;
    const client = new Client(serverSettings, translator ?? undefined);
    const runs = new RunStore({ client, events: events.stream });
    const trans = (translator ?? nullTranslator).load('mlops_ext');
    const runtimes = new RuntimeStore(client, trans.__('Local'));
    const deployments = new DeploymentStore(client);
    const monitors = new MonitorStore({
      client: client.monitors,
      events: events.stream
    });
    contents.addDrive(new RunDrive(client, translator ?? undefined));
    // Nothing is asked of the server before the person sees their workspace.
    void app.restored.then(() => {
      void runs.start();
      void runtimes.refresh();
      void monitors.start();
    });
    // Somebody noticed that the server is away: say so, and look for it.
    connectionFailure.connect(() => {
      void (runs.isCut ? undefined : runs.start());
    });
    return { client, runs, runtimes, deployments, monitors };
  }
};

export default apiPlugin;
