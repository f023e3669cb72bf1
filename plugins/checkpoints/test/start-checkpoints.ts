import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Checkpoint, Checkpoints, PluginDefinition, SessionOptions, ToolOutcome } from '@pith/kernel';
import { allowAll, createTestKernel, testHost, type TestKernel } from '@pith/kernel/testing';
import tools from '../../tools/src/index.ts';
import plugin from '../src/index.ts';

export interface Started extends TestKernel {
  checkpoints: Checkpoints;
  bash(command: string): Promise<ToolOutcome>;
  write(path: string, content: string): Promise<ToolOutcome>;
  /** By hand, as somebody else would. */
  put(path: string, content: string | Buffer, mode?: number): void;
  read(path: string): string;
  has(path: string): boolean;
  list(): Promise<readonly Checkpoint[]>;
  notices(): string[];
  /** Every file and link below the folder, with what it holds and its mode. */
  tree(): Record<string, string>;
  git(...args: string[]): string;
}

interface Setup {
  options?: Record<string, unknown>;
  env?: Record<string, string | undefined>;
  files?: Record<string, string>;
  /** A repository of the person's own is made in the folder. */
  repository?: boolean;
  plugins?: readonly PluginDefinition[];
  folder?: string;
  session?: Partial<SessionOptions>;
  nowMs?: number;
}

/** The real tools and checkpoints in a folder of their own; everything is allowed. */
export async function startCheckpoints({ options = {}, env = {}, files = {}, repository = false, plugins = [], folder, session = {}, nowMs }: Setup = {}): Promise<Started> {
  const place = folder ?? realpathSync(await mkdtemp(join(tmpdir(), 'pith-kept-')));
  const project = join(place, 'project');
  mkdirSync(project, { recursive: true });
  const put = (path: string, content: string | Buffer, mode?: number): void => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
    if (mode !== undefined) chmodSync(join(project, path), mode);
  };
  for (const [path, content] of Object.entries(files)) put(path, content);
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: project, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: place, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' } });
  if (repository) git('init', '-q');
  const test = await createTestKernel({ plugins: [tools, allowAll, plugin as PluginDefinition, ...plugins], folder: place, options: { checkpoints: options }, env: { PATH: process.env['PATH'], HOME: place, ...env }, session: { cwd: project, ...session }, ...(nowMs === undefined ? {} : { host: testHost(nowMs) }) });
  const checkpoints = await test.kernel.service('checkpoints');
  const call = (name: string, input: unknown): Promise<ToolOutcome> => test.session.callTool({ name, input });
  return {
    ...test, folder: project, checkpoints, put, git,
    bash: (command) => call('bash', { command }),
    write: (path, content) => call('write', { path, content }),
    read: (path) => readFileSync(join(project, path), 'utf8'),
    has: (path) => existsSync(join(project, path)),
    list: () => checkpoints.list(test.session.id),
    notices: () => test.events.flatMap((event) => (event.type === 'notice' && event.plugin === 'checkpoints' ? [event.text] : [])),
    tree: () => readTree(project),
    close: async () => {
      await test.close();
      if (folder === undefined) rmSync(place, { recursive: true, force: true });
    },
  };
}

export function readTree(folder: string, below = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (path === '.git') continue;
    const full = join(folder, path);
    if (entry.isSymbolicLink()) tree[path] = `-> ${readlinkSync(full)}`;
    else if (entry.isFile()) tree[path] = `${(lstatSync(full).mode & 0o7777).toString(8)} ${readFileSync(full).toString('latin1')}`;
    else if (entry.isDirectory()) Object.assign(tree, { [`${path}/`]: '' }, readTree(folder, path));
  }
  return tree;
}
