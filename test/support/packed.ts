import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Files, filesOf } from './tarball.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A package of this repository as it is published. */
export function packed(folder: string): Files {
  const at = join(root, folder);
  const { files } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as { files: string[] };
  const named = files.includes('dist') ? Object.fromEntries(Object.entries(filesOf(join(at, 'dist'))).map(([name, content]) => [`dist/${name}`, content])) : {};
  return { 'package.json': readFileSync(join(at, 'package.json')), 'oclif.manifest.json': readFileSync(join(at, 'oclif.manifest.json')), ...named };
}

/** A pith that does not bring one of its plugins, so that it can be installed. */
export function hostWithout(plugin: string): { command: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'pith-host-'));
  for (const part of ['bin', 'dist']) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string>; oclif: { plugins: string[] } };
  delete manifest.dependencies[plugin];
  manifest.oclif.plugins = manifest.oclif.plugins.filter((name) => name !== plugin);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  cpSync(join(root, 'oclif.manifest.json'), join(folder, 'oclif.manifest.json'));
  return { command: join(folder, 'bin', 'run.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const shippedPlugins: readonly string[] = globSync('plugins/*/package.json', { cwd: root }).map((file) => file.split(/[\\/]/)[1]!).sort();

/** Those that come with pith itself. */
export const broughtPlugins: readonly string[] = Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }).dependencies).filter((name) => name.startsWith('@pith/plugin-')).map((name) => name.slice('@pith/plugin-'.length));
