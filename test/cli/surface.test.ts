import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const snapshot = join(root, 'test', 'cli', 'surface.json');

interface Manifest { commands: Record<string, { id: string; args: Record<string, { required?: boolean }>; flags: Record<string, { char?: string; options?: string[]; multiple?: boolean; required?: boolean; aliases?: string[] }> }> }

/** Every command, argument and flag that scripts may rely on. */
function readSurface(): Record<string, unknown> {
  const manifests = globSync(['oclif.manifest.json', 'plugins/*/oclif.manifest.json'], { cwd: root }).map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest);
  const commands = manifests.flatMap((manifest) => Object.values(manifest.commands)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return Object.fromEntries(commands.map(({ id, args, flags }) => [id.replaceAll(':', ' '), {
    args: Object.entries(args).map(([name, { required }]) => (required ? name : `[${name}]`)),
    flags: Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { char, options, multiple, required, aliases }]) =>
      `--${name}${char === undefined ? '' : ` -${char}`}${aliases === undefined ? '' : ` = --${aliases.join(', --')}`}${options === undefined ? '' : `: ${options.join('|')}`}${multiple ? ' …' : ''}${required ? ' (required)' : ''}`),
  }]));
}

describe('the command line that scripts rely on', () => {
  it('is what test/cli/surface.json says; after a change on purpose run: PITH_UPDATE_SNAPSHOTS=1 npm test', () => {
    const surface = readSurface();
    if (process.env['PITH_UPDATE_SNAPSHOTS'] || !existsSync(snapshot)) writeFileSync(snapshot, `${JSON.stringify(surface, null, 2)}\n`);

    assert.deepEqual(surface, JSON.parse(readFileSync(snapshot, 'utf8')));
  });

  it('offers --json on every command but a conversation with a person', () => {
    for (const [name, { flags }] of Object.entries(readSurface()) as [string, { flags: string[] }][]) {
      assert.equal(flags.some((flag) => flag === '--json'), name !== 'chat', name);
    }
  });
});
