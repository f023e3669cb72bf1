import { basename } from 'node:path';
import { type Block, escapeControl, type Label, PithError } from '@pith/kernel';

interface Kind { mediaType: string; word: string; /** What vendors take of one, in bytes. */ limit: number; matches: (bytes: Buffer) => boolean }

/** An image is counted as it is sent, in base64. */
const IMAGE_BYTES = 5 * 1024 * 1024 / 4 * 3;
const PDF_BYTES = 10_000_000;
const PDF_PAGES = 100;
const KINDS: readonly Kind[] = [
  { mediaType: 'image/png', word: 'an image', limit: IMAGE_BYTES, matches: (bytes) => bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')) },
  { mediaType: 'image/jpeg', word: 'an image', limit: IMAGE_BYTES, matches: (bytes) => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')) },
  { mediaType: 'image/gif', word: 'an image', limit: IMAGE_BYTES, matches: (bytes) => /^GIF8[79]a/.test(bytes.toString('latin1', 0, 6)) },
  { mediaType: 'image/webp', word: 'an image', limit: IMAGE_BYTES, matches: (bytes) => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP' },
  { mediaType: 'application/pdf', word: 'a PDF document', limit: PDF_BYTES, matches: (bytes) => bytes.toString('latin1', 0, 5) === '%PDF-' },
];

/**
 * An image or a PDF by its first bytes; nothing for anything else.
 * @param name what people call it
 * @throws PithError INPUT_TOO_LARGE where vendors would not take it
 */
export function toMediaBlock(bytes: Buffer, name: string): Block | undefined {
  const kind = KINDS.find(({ matches }) => matches(bytes));
  if (kind === undefined) return undefined;
  const { mediaType, word, limit } = kind;
  if (bytes.length > limit) throw new PithError(`${name} is ${word} of ${toMegabytes(bytes.length)}; at most ${toMegabytes(limit)} are taken`, { code: 'INPUT_TOO_LARGE', hint: 'Make it smaller, or give the part that matters.' });
  const pages = mediaType === 'application/pdf' ? countPages(bytes) : 0;
  if (pages > PDF_PAGES) throw new PithError(`${name} is a PDF document of ${pages} pages; at most ${PDF_PAGES} are taken`, { code: 'INPUT_TOO_LARGE', hint: 'Take the pages you need with a program: qpdf, or pdftotext.' });
  const source = { kind: 'base64' as const, mediaType, data: bytes.toString('base64') };
  return mediaType === 'application/pdf' ? { type: 'document', source, title: basename(name), label: labelOf(name) } : { type: 'image', source, label: labelOf(name) };
}

/** Nodes of the page tree that are looked at, and how far around each. */
const NODES_MAX = 10_000;
const NODE_CHARACTERS = 1000;

/** As the page tree says, where it stands there openly; of one that is packed the vendor says whether it is too long. */
function countPages(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  let [most, nodes] = [0, 0];
  for (const { index } of text.matchAll(/\/Type\s*\/Pages\b/g)) {
    if (++nodes > NODES_MAX) break;
    const before = text.slice(Math.max(0, index - NODE_CHARACTERS), index).split('<<').at(-1)!;
    const behind = text.slice(index, index + NODE_CHARACTERS).split('>>', 1)[0]!;
    most = Math.max(most, Number(/\/Count\s+(\d{1,7})/.exec(before + behind)?.[1] ?? 0));
  }
  return most;
}

/** Of what the command line brings. */
export const labelOf = (name: string): Label => ({ owner: 'pith', name: escapeControl(name) });
const toMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
