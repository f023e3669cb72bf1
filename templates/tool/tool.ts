import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, defineTool, type Schema } from '@pith/kernel';

interface Input { heading: string }

/** What the model has to give. A schema of zod, valibot or arktype fits here as well. */
const input: Schema<Input> = {
  '~standard': {
    version: 1, vendor: 'own',
    validate: (value) => {
      const { heading } = value as Partial<Input>;
      return typeof heading === 'string' && heading.trim() !== '' ? { value: { heading: heading.trim() } } : { issues: [{ message: 'expected the words of a heading', path: ['heading'] }] };
    },
  },
};

/** The part of a text below one of its headings, as a plain function. */
export function partBelow(text: string, heading: string): string | undefined {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.replace(/^#+\s*/, '') === heading && line.startsWith('#'));
  if (start === -1) return undefined;
  const end = lines.findIndex((line, index) => index > start && line.startsWith('#'));
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n').trim();
}

const tool = defineTool<Input>({
  name: '__name__',
  description: 'Read what the README says below one of its headings.',
  // read, write, exec or network: what modes and rules go by.
  effect: 'read',
  inputSchema: { type: 'object', required: ['heading'], additionalProperties: false, properties: { heading: { type: 'string' } } },
  input,
  // What the call touches. Permission rules and other plugins judge by this, and by nothing else.
  targets: (_given, { cwd }) => [{ family: 'Read', path: join(cwd, 'README.md') }],
  async execute({ heading }, { targets }) {
    // The file that was judged is the file that is opened.
    return partBelow(await readFile(targets[0]!.path!, 'utf8'), heading) ?? `There is no heading ${JSON.stringify(heading)} in the README.`;
  },
});

export default definePlugin({ name: '__name__', tools: [tool] });
