import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Mode, PluginDefinition, Question, ToolOutcome, TurnEvent } from '@pith/kernel';
import { createTestKernel, type TestKernel } from '@pith/kernel/testing';
import permissions from '../../permissions/src/index.ts';
import tools from '../../tools/src/index.ts';
import { Sandbox } from '../src/sandbox.ts';
import sandbox from '../src/index.ts';

export interface Setup {
  mode?: Mode;
  options?: Record<string, unknown>;
  /** Rules of the plugin permissions. Without any, everything is allowed. */
  rules?: { allow?: string[]; ask?: string[]; deny?: string[] };
  /** Files of the working folder. */
  files?: Record<string, string>;
  env?: Record<string, string>;
  plugins?: readonly PluginDefinition[];
}

export type Ran = ToolOutcome & { text: string };

export interface Started extends TestKernel {
  home: string;
  questions: Question[];
  bash(command: string, more?: { background?: boolean; timeoutMs?: number; signal?: AbortSignal }): Promise<Ran>;
  of<T extends TurnEvent['type']>(type: T): Extract<TurnEvent, { type: T }>[];
  has(file: string): boolean;
  read(file: string): Promise<string>;
}

/** The real tools, permissions and sandbox in a project and a home of their own. Whoever is asked says yes. */
export async function startSandbox({ mode = 'acceptEdits', options = {}, rules = { allow: ['Bash'] }, files = {}, env = {}, plugins = [] }: Setup = {}): Promise<Started> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pith-boxed-')));
  const [folder, home] = [join(root, 'project'), join(root, 'home')];
  await Promise.all([folder, home].map((path) => mkdir(path)));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  const questions: Question[] = [];
  const test = await createTestKernel({
    plugins: [tools, permissions, sandbox, ...plugins], folder, env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env }, options: { permissions: rules, sandbox: options },
    session: { mode, asker: async (question) => { questions.push(question); return { verdict: 'allow' }; } },
  });
  return {
    ...test, home, questions,
    bash: async (command, { signal, ...more } = {}) => {
      const outcome = await test.session.callTool({ name: 'bash', input: { command, ...more } }, signal === undefined ? {} : { signal });
      return { ...outcome, text: outcome.content.map((block) => (block.type === 'text' ? block.text : '')).join('') };
    },
    of: (type) => test.events.filter((event) => event.type === type) as never,
    has: (file) => existsSync(join(root, file)),
    read: (file) => readFile(join(root, file), 'utf8'),
    close: async () => {
      await test.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Whether commands can be confined on this machine. Where not, tests look at what is done without. */
export async function hasSandbox(): Promise<boolean> {
  const probe = new Sandbox({ options: { writeRoots: [], denyRead: [], network: false, required: false, allowInside: false }, env: process.env, paths: { config: '/', data: '/', cache: '/' } });
  try {
    return await probe.isThere();
  } finally {
    await probe.close();
  }
}
