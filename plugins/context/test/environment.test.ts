import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describeEnvironment } from '../src/surroundings/environment.ts';

describe('the surroundings of the work', () => {
  it('are the day of the place, with its time zone', () => {
    const script = `import { describeDate } from ${JSON.stringify(fileURLToPath(new URL('../src/surroundings/environment.ts', import.meta.url)))}; console.log(describeDate(Date.UTC(2026, 10, 21, 22, 30)));`;
    const dateIn = (TZ: string): string => execFileSync(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { env: { ...process.env, TZ, LC_ALL: 'C' }, encoding: 'utf8' }).trim();
    assert.equal(dateIn('Asia/Kolkata'), 'Date: Sunday, 2026-11-22, UTC+05:30');
    assert.equal(dateIn('America/New_York'), 'Date: Saturday, 2026-11-21, UTC-05:00');
  });

  it('are the folders, the platform and the shell, each on one line', () => {
    const text = describeEnvironment({ cwd: '/work\n/x', roots: ['/work\n/x', '/more', '/a\x1b[2J'], env: { SHELL: '/bin/zsh' }, platform: 'linux' });
    assert.equal(text, 'Working folder: /work\\n/x\nFurther folders: /more, /a\\x1b[2J\nPlatform: linux\nShell: /bin/zsh');
    assert.equal(describeEnvironment({ cwd: 'C:\\x', roots: ['C:\\x'], env: { ComSpec: 'C:\\cmd.exe' }, platform: 'win32' }), 'Working folder: C:\\x\nPlatform: win32\nShell: C:\\cmd.exe');
  });
});
