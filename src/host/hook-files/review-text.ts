import { escapeControl } from '@pith/kernel';

interface Seen { bytes: Buffer; digest: string }
type Approved = ReadonlyMap<string, string>;

/** A file with its whole text, as it may be shown. */
export function toFileText(key: string, seen: Seen, approved: Approved): string {
  const lines = seen.bytes.toString().trimEnd().split('\n');
  return `${escapeControl(key)}${markOf(key, seen, approved)}\n${lines.map((line) => `  ${escapeControl(line.replace(/\r$/, ''))}`).join('\n')}`;
}

/** The names of what is loaded besides; packages by their name and the number of their files. */
export function toImportText(files: readonly (readonly [string, Seen])[], approved: Approved): string {
  const packages = Map.groupBy(files.filter(([key]) => packageOf(key) !== undefined), ([key]) => packageOf(key)!);
  const own = files.filter(([key]) => packageOf(key) === undefined);
  return [
    'which imports',
    ...own.map(([key, seen]) => `  ${escapeControl(key)}, ${seen.bytes.length} bytes${markOf(key, seen, approved)}`),
    ...[...packages].map(([name, held]) => `  ${escapeControl(name)}, ${held.length} file(s)${held.some(([key, seen]) => markOf(key, seen, approved) !== '') ? ' (changed)' : ''}`),
  ].join('\n');
}

function packageOf(key: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(key)?.[0];
}

function markOf(key: string, { digest }: Seen, approved: Approved): string {
  if (approved.size === 0 || approved.get(key) === digest) return '';
  return approved.has(key) ? ' (changed)' : ' (new)';
}
