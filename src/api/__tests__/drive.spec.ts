import { ContentsManager, ServerConnection } from '@jupyterlab/services';
import type { Contents } from '@jupyterlab/services';

import { drivePath, RunDrive } from '../drive';

const file = (name: string): Contents.IModel => ({
  name,
  path: `.mlops/runs/r1/${name}`,
  type: 'file',
  format: 'text',
  mimetype: 'text/plain',
  content: 'text',
  created: '',
  last_modified: '',
  writable: true
});

function setUp(model: Contents.IModel) {
  const asked: unknown[][] = [];
  const client = {
    serverSettings: ServerConnection.makeSettings(),
    driveGet: (...args: unknown[]) => {
      asked.push(args);
      return Promise.resolve(model);
    },
    downloadUrl: (run: string, path: string) => `url:${run}:${path}`
  };
  const drive = new RunDrive(client);
  const contents = new ContentsManager();
  contents.addDrive(drive);
  return { asked, contents, drive };
}

describe('RunDrive', () => {
  it('reads a file under its path on the drive, not to be written', async () => {
    const { asked, contents } = setUp(file('log.txt'));
    const path = drivePath('r1', 'load/1/log.txt');
    expect(path).toBe('mlops:r1/load/1/log.txt');
    const model = await contents.get(path, { content: false, type: 'file' });
    expect(asked[0]).toEqual([
      'r1',
      'load/1/log.txt',
      { content: false, type: 'file', format: undefined }
    ]);
    expect(model.path).toBe(path);
    expect(model.writable).toBe(false);
  });

  it('lists a folder with paths of the drive', async () => {
    const { contents } = setUp({
      ...file('1'),
      type: 'directory',
      format: 'json',
      content: [file('log.txt'), file('a b.csv')]
    });
    const folder = await contents.get('mlops:r1/load/1');
    const content = folder.content as Contents.IModel[];
    expect(content.map(item => [item.path, item.writable])).toEqual([
      ['mlops:r1/load/1/log.txt', false],
      ['mlops:r1/load/1/a b.csv', false]
    ]);
  });

  it('has an empty root, without asking', async () => {
    const { asked, contents } = setUp(file('x'));
    expect((await contents.get('mlops:')).content).toEqual([]);
    expect(asked).toHaveLength(0);
  });

  it('gives addresses to download', async () => {
    const { contents } = setUp(file('x'));
    expect(await contents.getDownloadUrl('mlops:r1/load/1/x')).toBe(
      'url:r1:load/1/x'
    );
  });

  it('refuses to change anything, with a sentence', async () => {
    const { contents, drive } = setUp(file('x'));
    const path = 'mlops:r1/load/1/x';
    const tries = [
      contents.save(path, file('x')),
      contents.delete(path),
      contents.rename(path, 'mlops:r1/y'),
      contents.newUntitled({ path: 'mlops:r1' }),
      drive.copy(),
      drive.createCheckpoint(),
      drive.restoreCheckpoint(),
      drive.deleteCheckpoint()
    ];
    for (const attempt of tries) {
      await expect(attempt).rejects.toThrow('cannot be changed');
    }
    expect(await contents.listCheckpoints(path)).toEqual([]);
  });
});
