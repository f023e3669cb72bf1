import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Of every file below a folder, with its path: one changed byte is another digest. */
export function digestOf(folder: string): string {
  // Every start passes the gate, and few of them have something to look at.
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  for (const file of filesBelow(folder)) {
    const path = join(folder, file);
    const content = lstatSync(path).isSymbolicLink() ? Buffer.from(readlinkSync(path)) : readFileSync(path);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return `sha256-${hash.digest('base64')}`;
}

/** Paths with `/`, in an order that is the same on every machine. */
export function filesBelow(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}
