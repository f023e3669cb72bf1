import { definePlugin } from '@pith/kernel';
import schemas from './schemas.json' with { type: 'json' };

/** Six tools. Each is known by its head alone until it is called: descriptions go into every request, code does not. */
export default definePlugin({
  name: 'tools',
  tools: [
    { name: 'apply-patch', description: 'Change several files together, all or none, by a patch: *** Begin Patch, then *** Add File: p, *** Delete File: p or *** Update File: p (*** Move to: q), @@ and context, - and + lines, *** End Patch.', effect: 'write', inputSchema: schemas['apply-patch'], timeoutMs: 60_000, load: async () => (await import('./apply-patch.ts')).default },
    { name: 'read', description: 'Read a file. The first block is its exact text; images, PDF and notebooks are shown.', effect: 'read', inputSchema: schemas.read, timeoutMs: 60_000, load: async () => (await import('./read.ts')).default },
    { name: 'write', description: 'Create a file, or replace one you have read. Makes missing folders.', effect: 'write', inputSchema: schemas.write, timeoutMs: 60_000, load: async () => (await import('./write.ts')).default },
    { name: 'edit', description: 'Replace text in a file. Each old must stand in exactly one place.', effect: 'write', inputSchema: schemas.edit, timeoutMs: 60_000, load: async () => (await import('./edit.ts')).default },
    { name: 'list', description: 'List a folder: kinds and sizes.', effect: 'read', inputSchema: schemas.list, timeoutMs: 60_000, load: async () => (await import('./list.ts')).default },
    { name: 'glob', description: 'Find files by name, sorted by path. Leaves out what .gitignore does. A pattern that ends in / finds folders.', effect: 'read', inputSchema: schemas.glob, timeoutMs: 60_000, load: async () => (await import('./glob.ts')).default },
    { name: 'grep', description: 'Search text in files with ripgrep: path:line: text. Leaves out what .gitignore does.', effect: 'read', inputSchema: schemas.grep, timeoutMs: 60_000, load: async () => (await import('./grep.ts')).default },
    { name: 'bash', description: 'Run a command with bash, without a terminal or input. Output is stdout and stderr in order.', effect: 'exec', inputSchema: schemas.bash, timeoutMs: 610_000, load: async () => (await import('./bash.ts')).default },
    { name: 'jobs', description: 'List, look at or stop background commands.', effect: 'read', inputSchema: schemas.jobs, timeoutMs: 610_000, load: async () => (await import('./jobs.ts')).default },
  ],
});
