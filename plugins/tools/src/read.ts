import { type BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { decodeText, isBinary, MAX_TEXT_BYTES, readUpTo, type TextFile } from '@pith/files';
import { type TextBlock, defineToolBody, type ToolContext, type ToolResult } from '@pith/kernel';
import { toolError } from './errors.ts';
import { type ReadInput, readInput } from './inputs.ts';
import { judgedPath, toFileTarget } from './judged-path.ts';
import { readMedia } from './media.ts';
import { openFile } from './open.ts';
import { countLines, cutWindow, DEFAULT_LINES, findLine, MAX_SCAN_BYTES, type Window } from './read-window.ts';
import { remember, toLargeVersion, toVersion } from './seen-files.ts';
import { showPath, toCount, toSizeText } from './shown.ts';

/** What is read around a line of a file too large to be read whole. */
const LARGE_WINDOW_BYTES = 1024 * 1024;
/** By which a large file is told to be text. */
const HEAD_BYTES = 64 * 1024;

interface Place { path: string; shown: string; stats: BigIntStats; handle: FileHandle }

/**
 * The first block of the result is the text of the file as it is, without numbers or marks, so that any piece of it can be
 * handed to `edit`. A second block, in brackets, says what the text does not: which lines they are, how to read on, odd encodings.
 */
export default defineToolBody<ReadInput>({
  input: readInput,
  targets: ({ path }, { cwd }) => toFileTarget('Read', path, cwd),
  async execute(input, context) {
    const path = judgedPath(context);
    const shown = showPath(path, context.cwd);
    const { handle, stats } = await openFile(path, shown);
    try {
      return await readOpened(input, context, { path, shown, stats, handle });
    } finally {
      await handle.close();
    }
  },
});

async function readOpened(input: ReadInput, context: ToolContext, place: Place): Promise<ToolResult> {
  const bytes = await readUpTo(place.handle, MAX_TEXT_BYTES, Number(place.stats.size));
  const media = await readMedia({ ...place, bytes, sizeBytes: bytes.length > MAX_TEXT_BYTES ? Number(place.stats.size) : bytes.length }, input);
  if (media?.isText) remember(context, place.path, toVersion(bytes));
  if (media !== undefined) return media.result;
  if (bytes.length > MAX_TEXT_BYTES) {
    checkHead(bytes.subarray(0, HEAD_BYTES), place);
    return await readLarge(input, context, place);
  }
  const file = decodeText(bytes);
  if (isBinary(file)) throw binary(place, file.kind, bytes.length);
  remember(context, place.path, toVersion(bytes));
  const lines = countLines(file.text);
  const first = input.offset ?? 1;
  if (first > Math.max(lines, 1)) throw outOfRange(place, `has ${toCount(lines, 'line')}`, first);
  const window = cutWindow(file.text, { first, limit: input.limit ?? DEFAULT_LINES });
  return toResult({ place, window, file, lines, sizeBytes: bytes.length });
}

/** Lines are looked for in text only. */
function checkHead(head: Buffer, place: Place): void {
  const file = decodeText(head);
  const sizeBytes = Number(place.stats.size);
  if (isBinary(file)) throw binary(place, file.kind, sizeBytes);
  if (file.encoding !== 'utf-8') throw toolError(`${place.shown} is ${file.encoding.toUpperCase()} text of ${toSizeText(sizeBytes)}, which is too large for this tool`, 'FILE_TOO_LARGE', 'Look at a part of it with bash: iconv, then head, tail or sed.');
}

/** A file of which only the part that was asked for is looked at. */
async function readLarge(input: ReadInput, context: ToolContext, place: Place): Promise<ToolResult> {
  const { handle, path, stats } = place;
  const sizeBytes = Number(stats.size);
  const first = input.offset ?? 1;
  const start = await findLine(handle, first, context.signal);
  if (start === undefined) throw outOfRange(place, `ends before that line, or has fewer lines within its first ${toSizeText(MAX_SCAN_BYTES)}`, first);
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(LARGE_WINDOW_BYTES), 0, LARGE_WINDOW_BYTES, start);
  if (bytesRead === 0) throw outOfRange(place, 'ends before that line', first);
  const isEnd = start + bytesRead >= sizeBytes;
  const file = decodeText(isEnd ? buffer.subarray(0, bytesRead) : dropTornLine(buffer.subarray(0, bytesRead)));
  if (isBinary(file)) throw binary(place, file.kind, sizeBytes);
  remember(context, path, toLargeVersion(stats));
  const window = cutWindow(file.text, { first, limit: input.limit ?? DEFAULT_LINES, textFirst: first });
  return toResult({ place, window: { ...window, more: window.more || !isEnd }, file, lines: undefined, sizeBytes });
}

/** The end of a part cuts a line in two, or, where it is all one line, may cut a character: at most three bytes of it are there. */
function dropTornLine(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(0x0a);
  if (end !== -1) return bytes.subarray(0, end + 1);
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back);
  }
  return bytes;
}

function toResult({ place, window, file, lines, sizeBytes }: { place: Place; window: Window; file: TextFile; lines: number | undefined; sizeBytes: number }): ToolResult {
  const { first, last } = window;
  const notes = toNotes(window, file, lines);
  const content: TextBlock[] = [];
  if (window.text !== '') content.push({ type: 'text', text: file.strayBytes > 0 ? window.text.toWellFormed() : window.text });
  if (notes.length > 0) content.push({ type: 'text', text: `${window.text === '' || window.text.endsWith('\n') ? '' : '\n'}[${notes.join('; ')}]` });
  return { content, details: { path: place.path, firstLine: first, lastLine: last, lines: lines ?? null, sizeBytes } };
}

/** What the text itself does not say. */
function toNotes({ text, first, last, cut, more }: Window, file: TextFile, lines: number | undefined): string[] {
  const notes: string[] = [];
  if (file.text === '') notes.push('the file is empty');
  else if (more || first > 1) notes.push(`lines ${first}-${last} of ${lines ?? 'a larger file'}${more ? `; read on with offset ${last + 1}` : ''}`);
  if (cut.length > 0) notes.push(`cut for their length: ${cut.length > 10 ? toCount(cut.length, 'line') : `line ${cut.join(', ')}`}; see them whole with bash`);
  const breaks = text.split('\n').length - 1;
  const carriageReturns = text.split('\r\n').length - 1;
  if (carriageReturns > 0) notes.push(carriageReturns === breaks ? 'lines end in CRLF' : `${carriageReturns} of ${breaks} lines end in CRLF, the others in LF`);
  if (file.encoding !== 'utf-8') notes.push(`the file is ${file.encoding.toUpperCase()}; edit keeps that`);
  else if (file.mark) notes.push('the file begins with a byte-order mark; edit keeps it');
  if (file.strayBytes > 0) notes.push(`${toCount(file.strayBytes, 'byte')} not UTF-8, shown as \ufffd; edit keeps them`);
  return notes;
}

function binary({ shown }: Place, kind: string, sizeBytes: number): Error {
  return toolError(`${shown} is not text but ${kind} of ${toSizeText(sizeBytes)}`, 'FILE_BINARY', 'Look at it with a program made for it, through bash.');
}

function outOfRange({ shown }: Place, why: string, offset: number): Error {
  return toolError(`${shown} ${why}; line ${offset} was asked for`, 'FILE_RANGE', 'Read it with a smaller offset.');
}
