import { type ImageBlock, type ImageSize, readImageSize } from '@pith/kernel';
import type { TerminalFacts } from './terminal-facts.ts';
import type { TerminalName } from './which-terminal.ts';

/** A picture that takes the rows above that of the cursor; `sequence` leaves the cursor where it was. */
export interface Picture { rows: number; sequence: string }

export interface PictureRoom { images: NonNullable<TerminalFacts['images']>; columns: number; rows: number }

/** In base64. More takes seconds over a slow line. */
const DATA_MAX = 2 * 1024 * 1024;
/** No terminal has to unpack more: a few bytes can stand for a wall. */
const SIDE_MAX = 10_000;
const PIXELS_MAX = 40_000_000;
/** Of a cell, in pixels; and how much higher than wide it is at most. Nobody says so for certain, and a picture keeps its own shape. */
const CELL_HEIGHT = 20;
const CELL_SHAPE = 2.5;
/** As the protocol of kitty has it. */
const CHUNK = 4096;

/** By their first bytes: what a block calls itself does not count. */
const FORMATS: Readonly<Record<PictureRoom['images'], readonly string[]>> = { kitty: ['iVBORw0KGgo'], iterm: ['iVBORw0KGgo', '/9j/', 'R0lGOD'] };

/** What terminals answer to the question for their name (XTVERSION). */
const NAMES: Readonly<Partial<Record<TerminalName, RegExp>>> = { kitty: /^kitty\b/i, ghostty: /^ghostty\b/i, wezterm: /^wezterm\b/i, iterm: /^iterm2?\b/i, mintty: /^mintty\b/i };

export const ASK_NAME = '\u001b[>q';

/** Whether it is the terminal that its environment tells of, and not another one that was started from there. */
export function isNamed(name: TerminalName, answer: string): boolean {
  return NAMES[name]?.test(answer) === true;
}

/** An image as this terminal draws it, in at most so many cells; nothing where it cannot, or should not. */
export function toPicture({ source }: ImageBlock, { images, columns, rows: most }: PictureRoom): Picture | undefined {
  if (source.kind !== 'base64') return undefined;
  const { data } = source;
  // No other character can end the sequence that it stands in.
  if (data.length > DATA_MAX || !FORMATS[images].some((head) => data.startsWith(head)) || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return undefined;
  const size = readImageSize(data);
  if (size === undefined || size.width > SIDE_MAX || size.height > SIDE_MAX || size.width * size.height > PIXELS_MAX) return undefined;
  const rows = fitRows(size, columns, most);
  return rows < 1 ? undefined : { rows, sequence: `\u001b7\u001b[${rows}A${images === 'kitty' ? toKitty(data, rows) : toIterm(data, rows)}\u001b8` };
}

/** The height alone is given, and the width follows from it; so it must find room whatever the shape of a cell is. */
function fitRows({ width, height }: ImageSize, columns: number, most: number): number {
  return Math.min(most, Math.ceil(height / CELL_HEIGHT), Math.floor(columns / (CELL_SHAPE * width / height)));
}

function toKitty(data: string, rows: number): string {
  const parts: string[] = [];
  for (let at = 0; at < data.length; at += CHUNK) {
    const more = at + CHUNK < data.length ? 1 : 0;
    parts.push(`\u001b_G${at === 0 ? `a=T,f=100,t=d,C=1,r=${rows},` : ''}q=2,m=${more};${data.slice(at, at + CHUNK)}\u001b\\`);
  }
  return parts.join('');
}

function toIterm(data: string, rows: number): string {
  return `\u001b]1337;File=inline=1;size=${Buffer.byteLength(data, 'base64')};width=auto;height=${rows};preserveAspectRatio=1:${data}\u0007`;
}

/** An image in words: its type and its pixels. */
export function describeImage({ source }: ImageBlock, { unicode }: { unicode: boolean }): string {
  if (source.kind === 'url') return `image at ${source.url}`;
  const size = readImageSize(source.data);
  return `${source.mediaType}${size === undefined ? '' : ` ${size.width}${unicode ? '×' : 'x'}${size.height}`}`;
}
