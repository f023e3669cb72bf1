import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { allow, type Block, definePlugin, deny, type Message, type PluginDefinition, type SessionOptions, type ToolDeclaration, type TurnResult } from '@pith/kernel';
import { createTestKernel, type ScriptStep, type TestKernel, type TestModel, testModel } from '@pith/kernel/testing';
import input from '../src/index.ts';

export interface Input extends TestKernel {
  model: TestModel;
  /** Calls that the stand-in tools got, as `read {"path":"a.ts"}`. */
  calls: string[];
  run(text: string, more?: object): Promise<TurnResult>;
  /** Writes a file into the working folder. */
  put(name: string, content?: string): Promise<void>;
  /** What the last request ends with: the text, then what stands behind it. */
  last(): readonly Block[];
}

export interface InputOptions {
  plugins?: readonly PluginDefinition[];
  steps?: readonly ScriptStep[];
  session?: Partial<SessionOptions>;
  /** Paths, addresses and commands that permission refuses. */
  refused?: readonly string[];
  tools?: readonly string[];
}

const PNG = { type: 'image' as const, source: { kind: 'base64' as const, mediaType: 'image/png', data: 'iVBORw0KGgo=' } };

const PDF = { type: 'document' as const, source: { kind: 'base64' as const, mediaType: 'application/pdf', data: 'JVBERi0=' }, title: 'paper.pdf' };

/** The plugin with tools that say what they were asked for: the real ones belong to another plugin. */
export async function startInput({ plugins = [], steps, session, refused = [], tools = ['read', 'list', 'web-fetch', 'bash'] }: InputOptions = {}): Promise<Input> {
  const model = testModel(steps);
  const calls: string[] = [];
  const tool = (name: string, family: string, effect: 'read' | 'network' | 'exec'): ToolDeclaration => ({
    name, effect, description: '', inputSchema: {},
    targets: ({ path, url, command }: Record<string, string>) => [{ family, ...(path === undefined ? {} : { path }), ...(url === undefined ? {} : { url }), ...(command === undefined ? {} : { command }) }],
    execute: async (given: Record<string, unknown>) => {
      calls.push(`${name} ${JSON.stringify(given)}`);
      const subject = String(given['path'] ?? given['url'] ?? given['command']);
      if (subject.includes('broken')) throw new Error(`${subject} is broken`);
      if (subject.endsWith('.png')) return { content: [PNG, { type: 'text', text: '[a PNG image]' }] };
      if (subject.endsWith('.pdf')) return { content: [PDF, { type: 'text', text: '[a PDF document]' }] };
      if (subject.includes('long')) return { content: [{ type: 'text', text: 'x'.repeat(99_000) }] };
      return { content: [{ type: 'text', text: `${name} of ${subject}` }], ...(subject.includes('false') ? { isError: true, details: { exitCode: 1 } } : {}) };
    },
  });
  const standIns = definePlugin({
    name: 'stand-ins', capabilities: ['permission:allow'],
    tools: [tool('read', 'Read', 'read'), tool('list', 'Read', 'read'), tool('web-fetch', 'WebFetch', 'network'), tool('bash', 'Bash', 'exec')].filter(({ name }) => tools.includes(name)),
    setup({ hooks }) {
      hooks.permission.tap('judge', ({ targets }) => {
        const wrong = targets.map(({ path, url, command }) => path ?? url ?? command ?? '').find((subject) => refused.some((each) => subject.includes(each)));
        return wrong === undefined ? allow('test') : deny(`${wrong} is not yours`);
      });
    },
  });
  const test = await createTestKernel({ plugins: [model.plugin, standIns, input, ...plugins], env: { HOME: '/home/ada' }, ...(session === undefined ? {} : { session }) });
  return {
    ...test, model, calls,
    run: (text, more) => test.session.runTurn({ text, ...more }),
    put: async (name, content = '') => {
      await mkdir(dirname(join(test.folder, name)), { recursive: true });
      await writeFile(join(test.folder, name), content);
    },
    last: () => model.requests.at(-1)!.messages.at(-1)!.content,
  };
}

export const textsOf = (messages: readonly Message[]): string[] => messages.flatMap(({ content }) => content.flatMap((block) => (block.type === 'text' ? [block.text] : [])));
