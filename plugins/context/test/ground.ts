import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Block, definePlugin, type KernelOptions, type Message, type PluginDefinition, type SessionOptions, STAGE, type Target, type ToolContent, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, recordedTool, type ScriptStep, testModel } from '@pith/kernel/testing';
import context from '../src/index.ts';

/** A home folder and a project beside it, both empty; the project is the top of a repository without commits. */
export interface Ground {
  root: string;
  home: string;
  project: string;
  /** A path relative to the ground. @returns the whole path */
  write(path: string, content: string | Uint8Array): Promise<string>;
  git(args: readonly string[], cwd?: string): string;
  remove(): Promise<void>;
}

export async function createGround(): Promise<Ground> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pith-context-')));
  const [home, project] = [join(root, 'home'), join(root, 'project')];
  await mkdir(home);
  await mkdir(project);
  const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b', GIT_AUTHOR_DATE: '2026-01-01T10:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T10:00:00Z' };
  const git = (args: readonly string[], cwd = project): string => execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always', ...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  // As much of it as git needs: to start a process for each test would take longer than the test.
  for (const folder of ['objects', 'refs/heads']) await mkdir(join(project, '.git', folder), { recursive: true });
  await writeFile(join(project, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(project, '.git', 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
  return {
    root, home, project, git,
    write: async (path, content) => {
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Where other tests keep the machine busy, git takes its time. */
export const PATIENT_MS = 9000;

export interface Opened {
  /** What the model was asked, one request a step. */
  requests: ReturnType<typeof testModel>['requests'];
  events: TurnEvent[];
  say(text: string): Promise<void>;
  history(): readonly Message[];
  close(): Promise<void>;
}

/** A session in the project, with a tool `read` and a tool `edit` whose input is the path that they touch. */
export async function open(ground: Ground, { steps = [], plugins = [], options, kernel = {}, session = {} }: { steps?: readonly ScriptStep[]; plugins?: readonly PluginDefinition[]; options?: Record<string, unknown>; kernel?: Partial<KernelOptions>; session?: Partial<SessionOptions> } = {}): Promise<Opened> {
  const model = testModel(steps);
  const toTargets = (family: string) => (input: unknown): Target[] => [{ family, path: (input as { path: string }).path }];
  const tools = [recordedTool({ name: 'read', targets: toTargets('Read') }, 'the content').plugin, recordedTool({ name: 'edit', effect: 'write', targets: toTargets('Edit') }, 'changed').plugin];
  const test = await createTestKernel({
    folder: ground.project, plugins: [context, model.plugin, allowAll, ...tools, ...plugins], env: { HOME: ground.home, PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', SHELL: '/bin/bash' },
    options: { context: { gitLimitMs: PATIENT_MS, ...options } }, ...kernel, session,
  });
  return {
    requests: model.requests, events: test.events,
    say: async (text) => { await test.session.runTurn({ text }); },
    history: () => test.session.messages,
    close: test.close,
  };
}

export function sectionsOf({ requests }: Pick<Opened, 'requests'>, at = -1): string[] {
  return requests.at(at)!.system.map(({ id }) => id);
}

export function noticesOf({ events }: Pick<Opened, 'events'>): string[] {
  return events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
}

/** The texts of the blocks of one name in a history, tool results included. */
export function told(messages: readonly Message[], name: string): string[] {
  const inner = (block: Block): readonly (Block | ToolContent)[] => (block.type === 'tool-result' ? block.content : [block]);
  return messages.flatMap(({ content }) => content.flatMap(inner)).flatMap((block) => (block.type === 'text' && block.label?.name === name ? [block.text] : []));
}

/** Takes so many messages back from the end, as `/undo` does, where the input is `undo 2`. */
export const undo = definePlugin({
  name: 'undo',
  setup({ hooks }) {
    hooks.input.tap({ name: 'undo', stage: STAGE.early }, async (input, turn) => {
      const count = /^undo (\d+)$/.exec(input.text)?.[1];
      if (count === undefined) return undefined;
      await turn.setHistory(turn.messages.slice(0, -Number(count)), { reason: 'undo' });
      return { ...input, handled: { reply: 'undone' } };
    });
  },
});

/** Messages without breakpoints of the prompt cache, which are no part of what is said. */
export function unmarked(messages: readonly Message[]): Message[] {
  const bare = (block: Block): Block => {
    const { cache: _, ...rest } = block;
    return rest as Block;
  };
  return messages.map((message) => ({ ...message, content: message.content.map(bare) }));
}
