// A tool of a project, in its repository: who has to look at a change of a file, as CODEOWNERS says. It uses no package.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, defineTool, type Schema } from '@pith/kernel';

interface Input { path: string }

const input: Schema<Input> = {
  '~standard': {
    version: 1, vendor: 'example',
    validate: (value) => {
      const { path } = value as Partial<Input>;
      if (typeof path !== 'string' || path === '' || path.startsWith('/')) return { issues: [{ message: 'expected a path relative to the project, as src/a.ts', path: ['path'] }] };
      return { value: { path } };
    },
  },
};

/** The owners of a path: of the rules that match, the last one counts. */
export function ownersOf(rules: string, path: string): readonly string[] {
  let owners: readonly string[] = [];
  for (const line of rules.split('\n')) {
    const [pattern = '', ...named] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (pattern !== '' && matches(pattern, path)) owners = named;
  }
  return owners;
}

/** `*`, `*.ts`, `/docs/`, `docs/`, and a path itself. */
function matches(pattern: string, path: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*.')) return path.endsWith(pattern.slice(1));
  const place = pattern.replace(/^\//, '');
  return pattern.endsWith('/') ? path.startsWith(place) || (pattern === place && `/${path}`.includes(`/${place}`)) : path === place || path.startsWith(`${place}/`);
}

const owners = defineTool<Input>({
  name: 'owners',
  description: 'Say who has to review a change of a file.',
  effect: 'read',
  inputSchema: { type: 'object', required: ['path'], additionalProperties: false, properties: { path: { type: 'string', description: 'relative to the project' } } },
  input,
  targets: (_given, { cwd }) => [{ family: 'Read', path: join(cwd, 'CODEOWNERS') }],
  async execute({ path }, { targets }) {
    const found = ownersOf(await readFile(targets[0]!.path!, 'utf8'), path);
    return found.length === 0 ? `Nobody is named for ${path}.` : found.join(' ');
  },
});

export default definePlugin({ name: 'owners', tools: [owners] });
