import { stripVTControlCharacters } from 'node:util';
import { decodeText, isBinary, MAX_TEXT_BYTES } from '@pith/files';
import { cutMiddle, type ToolContent, type ToolResult } from '@pith/kernel';
import { z } from 'zod';
import { readImageInfo } from './image-info.ts';
import type { MediaFile } from './media.ts';
import { imageProblem, MAX_IMAGE_CHARACTERS, toImageBlock } from './read-image.ts';
import { MAX_CHARACTERS } from './read-window.ts';
import { toCount } from './shown.ts';

/** Of one output, and of one cell. */
const MAX_OUTPUT_CHARACTERS = 4000;
const MAX_SOURCE_CHARACTERS = 20_000;
const MAX_IMAGES = 8;

const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(''))]);
const outputSchema = z.looseObject({ output_type: z.string(), text: text.optional(), data: z.record(z.string(), z.unknown()).optional(), ename: z.string().optional(), evalue: z.string().optional(), traceback: z.array(z.string()).optional() });
const cellSchema = z.looseObject({ cell_type: z.string(), source: text, execution_count: z.number().nullish(), outputs: z.array(outputSchema).optional() });
const notebookSchema = z.looseObject({ cells: z.array(cellSchema) });

type Cell = z.output<typeof cellSchema>;
type Output = z.output<typeof outputSchema>;

/**
 * The cells of a Jupyter notebook with what they gave: text as text, images as images.
 * @returns nothing where the file is not such a notebook; then it is read as the text that it is
 */
export function readNotebook({ bytes, path, sizeBytes }: MediaFile): ToolResult | undefined {
  const cells = parseCells(bytes);
  if (cells === undefined) return undefined;
  const page = new Page();
  let shown = 0;
  for (const [index, cell] of cells.entries()) {
    if (page.isFull) break;
    writeCell(page, cell, index + 1);
    shown++;
  }
  const left = shown < cells.length ? `; cells ${shown + 1} to ${cells.length} are left out` : '';
  page.write(`[a notebook of ${toCount(cells.length, 'cell')}${left}; edit works on its JSON text, which read gives with offset 1]`);
  return { content: page.content(), details: { path, cells: cells.length, shown, sizeBytes } };
}

function parseCells(bytes: Buffer): readonly Cell[] | undefined {
  const file = bytes.length > MAX_TEXT_BYTES ? undefined : decodeText(bytes);
  if (file === undefined || isBinary(file)) return undefined;
  try {
    return notebookSchema.safeParse(JSON.parse(file.text)).data?.cells;
  } catch {
    return undefined; // No JSON.
  }
}

function writeCell(page: Page, { cell_type: kind, source, execution_count: run, outputs = [] }: Cell, number: number): void {
  page.write(`[cell ${number}: ${kind}${run === undefined || run === null ? '' : `, run ${run}`}]`);
  if (source !== '') page.write(cutMiddle(source, MAX_SOURCE_CHARACTERS));
  for (const output of outputs) writeOutput(page, output);
}

/** Of several forms of one output the richest that a model can take. */
function writeOutput(page: Page, { output_type: kind, text: stream, data = {}, ename, evalue, traceback }: Output): void {
  if (kind === 'error') return page.writeOutput('error', (traceback ?? [`${ename ?? 'Error'}: ${evalue ?? ''}`]).join('\n'));
  if (stream !== undefined) return page.writeOutput('output', stream);
  const image = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'].find((type) => data[type] !== undefined);
  if (image !== undefined && page.writeImage(image, data[image])) return;
  const shown = ['text/plain', 'text/markdown', 'text/html', 'application/json'].find((type) => data[type] !== undefined);
  if (shown === undefined) return page.write(`[output of another kind: ${Object.keys(data).join(', ') || kind}]`);
  const parsed = text.safeParse(data[shown]);
  page.writeOutput(shown === 'text/plain' ? 'output' : `output, ${shown}`, parsed.success ? parsed.data : JSON.stringify(data[shown], null, 2));
}

/** What the model will be shown, within bounds. Text between two images is one block. */
class Page {
  readonly #content: ToolContent[] = [];
  #lines: string[] = [];
  #characters = 0;
  #images = 0;
  #imageCharacters = 0;

  get isFull(): boolean { return this.#characters > MAX_CHARACTERS; }

  write(line: string): void {
    this.#lines.push(line.endsWith('\n') ? line.slice(0, -1) : line);
    this.#characters += line.length + 1;
  }

  writeOutput(name: string, output: string): void {
    this.write(`[${name}]`);
    if (output !== '') this.write(cutMiddle(stripVTControlCharacters(output), MAX_OUTPUT_CHARACTERS));
  }

  /** @returns whether the output has been shown or spoken of */
  writeImage(type: string, data: unknown): boolean {
    const base64 = text.safeParse(data);
    if (!base64.success) return false;
    const bytes = Buffer.from(base64.data, 'base64');
    const info = readImageInfo(bytes);
    const problem = info === undefined ? { text: 'it is damaged' } : imageProblem(info, bytes.length);
    const isTooMuch = this.#images === MAX_IMAGES || this.#imageCharacters + bytes.length / 3 * 4 > MAX_IMAGE_CHARACTERS;
    if (problem !== undefined || isTooMuch) {
      this.write(`[output, ${type}, not shown: ${problem?.text ?? 'there are too many images'}]`);
      return false;
    }
    this.#images++;
    this.#imageCharacters += bytes.length / 3 * 4;
    this.write(`[output, ${type}]`);
    this.#endText();
    this.#content.push(toImageBlock(info!, bytes));
    return true;
  }

  content(): readonly ToolContent[] {
    this.#endText();
    return this.#content;
  }

  #endText(): void {
    if (this.#lines.length > 0) this.#content.push({ type: 'text', text: this.#lines.join('\n') });
    this.#lines = [];
  }
}
