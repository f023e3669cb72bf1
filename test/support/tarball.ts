import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export type Files = Readonly<Record<string, string | Buffer>>;

/** A package as npm packs it: every file below `package/`, in the one format that all versions of tar read. */
export function tarball(files: Files): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content as string);
    return [header(`package/${name}`, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]), { level: 1 });
}

/** Every file of a folder, by its path with `/`; the packages inside it left out. */
export function filesOf(folder: string, below = ''): Record<string, Buffer> {
  return Object.assign({}, ...readdirSync(join(folder, below)).filter((name) => name !== 'node_modules').map((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    return statSync(join(folder, path)).isDirectory() ? filesOf(folder, path) : { [path]: readFileSync(join(folder, path)) };
  }));
}

export const integrityOf = (bytes: Buffer): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

/** ustar: the path is split at a `/` where it is longer than a hundred bytes. */
function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  const cut = path.length > 100 ? path.indexOf('/', path.length - 101) : -1;
  block.write(path.slice(cut + 1), 0);
  if (cut > 0) block.write(path.slice(0, cut), 345);
  block.write('0000755\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
