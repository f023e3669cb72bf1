import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { definePlugin, deny, type PluginDefinition, type SessionOptions, type ToolOutcome } from '@pith/kernel';
import { allowAll, createTestKernel, type TestKernel } from '@pith/kernel/testing';
import tools from '../src/index.ts';

export type Called = ToolOutcome & { text: string };

export interface Tools extends TestKernel {
  call(name: string, input: unknown, signal?: AbortSignal): Promise<Called>;
  /** Writes a file into the working folder; gives its path. */
  put(name: string, content: string | Buffer, mode?: number): Promise<string>;
  get(name: string): Promise<string>;
  bytes(name: string): Promise<Buffer>;
}

/** Stands for the permissions plugin: what is outside of the roots would ask, and nobody is there. */
export const insideOnly = definePlugin({
  name: 'inside-only',
  setup({ hooks }) {
    hooks.permission.tap('inside-only', ({ targets, roots }) => {
      const outside = targets.find(({ path }) => path !== undefined && !roots.some((root) => path === root || path.startsWith(`${root}/`)));
      return outside === undefined ? undefined : deny(`${outside.path} is outside`);
    });
  },
});

/** The plugin in a real kernel, in a temporary folder. */
export async function startTools(options: { plugins?: readonly PluginDefinition[]; env?: Record<string, string | undefined>; folder?: string; options?: Record<string, unknown>; session?: Partial<SessionOptions> } = {}): Promise<Tools> {
  const { plugins = [allowAll], env = { PATH: process.env['PATH'] }, ...rest } = options;
  const test = await createTestKernel({ plugins: [tools, ...plugins], env, ...rest });
  const at = (name: string): string => join(test.folder, name);
  return {
    ...test,
    call: async (name, input, signal) => {
      const outcome = await test.session.callTool({ name, input }, signal === undefined ? {} : { signal });
      return { ...outcome, text: outcome.content.map((block) => (block.type === 'text' ? block.text : `<${block.type}>`)).join('') };
    },
    put: async (name, content, mode) => {
      await mkdir(dirname(at(name)), { recursive: true });
      await writeFile(at(name), content);
      if (mode !== undefined) await chmod(at(name), mode);
      return at(name);
    },
    get: (name) => readFile(at(name), 'utf8'),
    bytes: (name) => readFile(at(name)),
  };
}
