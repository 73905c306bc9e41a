/**
 * The files of runs as a drive of JupyterLab, `mlops:<run>/<node>/<attempt>/…`.
 *
 * They lie in a hidden folder that the server does not serve (and should not),
 * so they come through our own route. What a run made is a record: nothing
 * here can be changed.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from './client';

export const DRIVE = 'mlops';

/** The path on our drive of a file in a run's directory. */
export function drivePath(run: string, path: string): string {
  return `${DRIVE}:${PathExt.join(run, path)}`;
}

export class RunDrive implements Contents.IDrive {
  constructor(
    private readonly _client: Pick<
      Client,
      'serverSettings' | 'driveGet' | 'downloadUrl'
    >,
    translator: ITranslator = nullTranslator
  ) {
    this._trans = translator.load('mlops_ext');
  }

  readonly name = DRIVE;

  get serverSettings(): ServerConnection.ISettings {
    return this._client.serverSettings;
  }

  get fileChanged(): ISignal<this, Contents.IChangedArgs> {
    return this._fileChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  async get(
    localPath: string,
    options: Contents.IFetchOptions = {}
  ): Promise<Contents.IModel> {
    const [run, path] = split(localPath);
    if (run === '') {
      return emptyFolder();
    }
    const { content = true, type, format } = options;
    const model = await this._client.driveGet(run, path, {
      content,
      type,
      format
    });
    return placed(model, PathExt.join(run, path));
  }

  getDownloadUrl(localPath: string): Promise<string> {
    const [run, path] = split(localPath);
    return Promise.resolve(this._client.downloadUrl(run, path));
  }

  listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return Promise.resolve([]);
  }

  newUntitled(): Promise<Contents.IModel> {
    return this._refuse();
  }

  delete(): Promise<void> {
    return this._refuse();
  }

  rename(): Promise<Contents.IModel> {
    return this._refuse();
  }

  save(): Promise<Contents.IModel> {
    return this._refuse();
  }

  copy(): Promise<Contents.IModel> {
    return this._refuse();
  }

  createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return this._refuse();
  }

  restoreCheckpoint(): Promise<void> {
    return this._refuse();
  }

  deleteCheckpoint(): Promise<void> {
    return this._refuse();
  }

  private _refuse(): Promise<never> {
    return Promise.reject(
      new Error(
        this._trans.__(
          'The files of a run are a record and cannot be changed. Save a copy under another name in your workspace.'
        )
      )
    );
  }

  private readonly _trans: TranslationBundle;
  private readonly _fileChanged = new Signal<this, Contents.IChangedArgs>(this);
  private _isDisposed = false;
}

function split(localPath: string): [run: string, path: string] {
  const [run = '', ...rest] = localPath.replace(/^\/+/, '').split('/');
  return [run, rest.join('/')];
}

/** The model with paths of this drive, whatever the server named them. */
function placed(model: Contents.IModel, path: string): Contents.IModel {
  if (model.type !== 'directory' || !Array.isArray(model.content)) {
    return { ...model, path, writable: false };
  }
  const content = (model.content as Contents.IModel[]).map(item => ({
    ...item,
    path: PathExt.join(path, item.name),
    writable: false
  }));
  return { ...model, path, writable: false, content };
}

/** The drive's root lists nothing: runs are found in the Runs panel. */
function emptyFolder(): Contents.IModel {
  return {
    name: '',
    path: '',
    type: 'directory',
    format: 'json',
    mimetype: '',
    created: '',
    last_modified: '',
    writable: false,
    content: []
  };
}
