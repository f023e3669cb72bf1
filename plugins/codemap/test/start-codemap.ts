import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PluginDefinition, SessionOptions, ToolOutcome } from '@pith/kernel';
import { allowAll, createTestKernel, type TestKernel } from '@pith/kernel/testing';
import codemap from '../src/index.ts';

export interface Started extends TestKernel {
  map(input?: object): Promise<ToolOutcome & { text: string }>;
  put(name: string, content: string): Promise<string>;
}

/** The plugin in a real kernel, in a temporary folder. */
export async function startCodemap({ plugins = [allowAll], ...options }: { plugins?: readonly PluginDefinition[]; options?: Record<string, unknown>; session?: Partial<SessionOptions> } = {}): Promise<Started> {
  const test = await createTestKernel({ plugins: [codemap, ...plugins], ...options });
  return {
    ...test,
    map: async (input = {}) => {
      const outcome = await test.session.callTool({ name: 'map', input });
      return { ...outcome, text: outcome.content.map((block) => (block.type === 'text' ? block.text : '')).join('') };
    },
    put: async (name, content) => {
      const file = join(test.folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
  };
}
