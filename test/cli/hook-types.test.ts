import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach } from 'mocha';
import { readmeFiles } from '../support/pith.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the types of @pith/kernel in a project without packages', () => {
  let folder: string;
  beforeEach(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-types-'))); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** In a process that finds the built kernel, as pith does. */
  const write = (): { files: string[]; advice?: string } => {
    const script = `const { writeTypes } = await import(${JSON.stringify(pathToFileURL(join(root, 'src/host/hook-files/write-types.ts')).href)}); console.log(JSON.stringify(await writeTypes(${JSON.stringify(folder)})));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
    assert.equal(stderr, '');
    return JSON.parse(stdout) as { files: string[] };
  };
  const check = (): string => spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { cwd: folder, encoding: 'utf8' }).stdout;
  const hook = (body: string): Promise<void> => mkdir(join(folder, 'hooks'), { recursive: true }).then(() => writeFile(join(folder, 'hooks/a.ts'), body));
  const HOOK = `import { readFile } from 'node:fs/promises';
import { definePlugin, deny, type PreparedCall } from '@pith/kernel';
const refuses = ({ name }: PreparedCall): boolean => name === 'bash';
export default definePlugin({ name: 'a', setup({ hooks }) { hooks.permission.tap('a', async (call) => (refuses(call) ? deny(await readFile('x', 'utf8')) : undefined)); } });
`;

  it('are known to the compiler, mistakes included', async () => {
    assert.deepEqual(write().files, ['.pith/types', 'tsconfig.json']);
    await hook(HOOK);
    await writeFile(join(folder, 'pith.config.ts'), "import { defineConfig } from '@pith/kernel';\nexport default defineConfig({ hooks: ['./hooks/a.ts'] });\n");

    assert.equal(check(), '');

    await hook(HOOK.replace('call) => (', 'call) => (call.nmae, '));
    assert.match(check(), /hooks\/a\.ts.*Property 'nmae' does not exist on type 'PreparedCall'/);
    await hook(HOOK);
    await writeFile(join(folder, 'pith.config.ts'), "import { defineConfig } from '@pith/kernel';\nexport default defineConfig({ hook: [] });\n");
    assert.match(check(), /pith\.config\.ts.*'hook' does not exist in type 'PithConfig'/);
  });

  it('fit what the README says', async () => {
    write();
    await mkdir(join(folder, 'hooks'));
    for (const [file, text] of Object.entries(readmeFiles())) await writeFile(join(folder, file), text);

    assert.equal(check(), '');
  });

  it('name no folder of this machine', async () => {
    write();

    const text = await readFile(join(folder, 'tsconfig.json'), 'utf8');

    assert.equal(text.includes(folder) || text.includes(root), false);
    assert.match(text, /"\.\/\.pith\/types\/index\.d\.ts"/);
  });

  it('leave a tsconfig.json that is there as it is, and say what to add', async () => {
    await writeFile(join(folder, 'tsconfig.json'), '{}');

    const { files, advice } = write();

    assert.deepEqual(files, ['.pith/types']);
    assert.match(advice!, /add to compilerOptions in tsconfig\.json: "paths": \{"@pith\/kernel"/);
    assert.equal(await readFile(join(folder, 'tsconfig.json'), 'utf8'), '{}');
  });
});
