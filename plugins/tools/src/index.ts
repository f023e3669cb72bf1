import { definePlugin } from '@pith/kernel';
import { optionsSchema, type ToolsOptions } from './options.ts';
import schemas from './schemas.json' with { type: 'json' };
import { webSearchTools } from './web-search.ts';

/** The tools. Each is known by its head alone until it is called: descriptions go into every request, code does not. */
export default definePlugin({
  name: 'tools',
  options: optionsSchema,
  toolSources: [{ name: 'web-search', list: async (_signal, { options }) => webSearchTools(options as ToolsOptions) }],
  tools: [
    { name: 'apply-patch', description: 'Change several files together, all or none, by a patch: *** Begin Patch, then *** Add File: p, *** Delete File: p or *** Update File: p (*** Move to: q), @@ and context, - and + lines, *** End Patch.', effect: 'write', inputSchema: schemas['apply-patch'], timeoutMs: 60_000, load: async () => (await import('./apply-patch.ts')).default },
    { name: 'ask-user', description: 'Ask the user what only they can decide.', effect: 'read', inputSchema: schemas['ask-user'], load: async () => (await import('./ask-user.ts')).default },
    { name: 'read', description: 'Read a file. The first block is its exact text; images, PDF and notebooks are shown.', effect: 'read', inputSchema: schemas.read, timeoutMs: 60_000, load: async () => (await import('./read.ts')).default },
    { name: 'write', description: 'Create a file, or replace one you have read. Makes missing folders.', effect: 'write', inputSchema: schemas.write, timeoutMs: 60_000, load: async () => (await import('./write.ts')).default },
    { name: 'edit', description: 'Replace text in a file. Each old must stand in exactly one place.', effect: 'write', inputSchema: schemas.edit, timeoutMs: 60_000, load: async () => (await import('./edit.ts')).default },
    { name: 'list', description: 'List a folder: kinds and sizes.', effect: 'read', inputSchema: schemas.list, timeoutMs: 60_000, load: async () => (await import('./list.ts')).default },
    { name: 'glob', description: 'Find files by name, sorted by path. Leaves out what .gitignore does. A pattern that ends in / finds folders.', effect: 'read', inputSchema: schemas.glob, timeoutMs: 60_000, load: async () => (await import('./glob.ts')).default },
    { name: 'grep', description: 'Search text in files with ripgrep: path:line: text. Leaves out what .gitignore does.', effect: 'read', inputSchema: schemas.grep, timeoutMs: 60_000, load: async () => (await import('./grep.ts')).default },
    { name: 'bash', description: 'Run a command with bash, without a terminal or input. Output is stdout and stderr in order.', effect: 'exec', inputSchema: schemas.bash, timeoutMs: 610_000, load: async () => (await import('./bash.ts')).default },
    { name: 'jobs', description: 'List, look at or stop background commands.', effect: 'read', inputSchema: schemas.jobs, timeoutMs: 610_000, load: async () => (await import('./jobs.ts')).default },
    { name: 'todo', description: 'Keep a list of steps in view.', effect: 'read', inputSchema: schemas.todo, load: async () => (await import('./todo.ts')).default },
  ],
});
