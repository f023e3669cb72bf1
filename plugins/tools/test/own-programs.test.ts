import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { forOwnPrograms } from '../src/own-programs.ts';
import { startTools, type Tools } from './start-tools.ts';

if (process.platform !== 'win32') {
  describe('a search path on which folders of the project stand first', () => {
    let tools: Tools;
    beforeEach(async () => {
      tools = await startTools();
      for (const name of ['bash', 'sh', 'mkfifo']) await chmod(await tools.put(`node_modules/.bin/${name}`, '#!/bin/sh\necho run > "$0.ran"\n'), 0o755);
    });
    afterEach(() => tools.close());

    const path = (...folders: string[]): Record<string, string> => ({ PATH: [...folders, ...process.env['PATH']!.split(delimiter)].join(delimiter) });

    for (const [title, folder] of [['as it is', 'node_modules/.bin'], ['through a link', 'link']] as const) {
      it(`${title}, does not say which shell runs a command`, async () => {
        await symlink('node_modules/.bin', join(tools.folder, 'link'));
        const own = await startTools({ folder: tools.folder, env: path(join(tools.folder, folder)) });

        const { status, text } = await own.call('bash', { command: 'echo from a shell' });

        assert.deepEqual([status, text], ['done', 'from a shell\n']);
        for (const name of ['bash', 'sh', 'mkfifo']) assert.ok(!existsSync(join(tools.folder, `node_modules/.bin/${name}.ran`)), name);
        await own.close();
      });
    }

    it('is what the command itself gets', async () => {
      const env = path(join(tools.folder, 'node_modules/.bin'));
      const own = await startTools({ folder: tools.folder, env });

      assert.equal((await own.call('bash', { command: 'echo "$PATH"' })).text, `${env['PATH']}\n`);
      await own.close();
    });

    it('is used to its end where there is nothing else', () => {
      const bin = join(tools.folder, 'node_modules/.bin');

      assert.deepEqual(forOwnPrograms({ PATH: [bin, '/bin'].join(delimiter) }, ['/']), { PATH: [bin, '/bin'].join(delimiter) });
      assert.deepEqual(forOwnPrograms({}, [tools.folder]), {});
    });
  });
}
