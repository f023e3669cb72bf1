import type { ToolResult } from '@pith/kernel';
import type { ReadInput } from './inputs.ts';

export interface MediaFile {
  /** All of the file, or, where it is larger, the beginning. */
  bytes: Buffer;
  sizeBytes: number;
  path: string;
  shown: string;
}

/** `isText` where the model knows all text of the file by it. */
export interface Media { result: ToolResult; isText: boolean }

/**
 * What is shown in another way than as its text: images, PDF documents, and notebooks unless lines of one are asked for.
 * @returns nothing for any other file
 */
export async function readMedia(file: MediaFile, { offset, limit }: ReadInput): Promise<Media | undefined> {
  const head = file.bytes.toString('latin1', 0, 12);
  if (/^(?:\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF[^]{4}WEBP)/.test(head)) return { result: (await import('./read-image.ts')).readImage(file), isText: false };
  if (head.startsWith('%PDF-')) return { result: (await import('./read-pdf.ts')).readPdf(file), isText: false };
  if (!file.path.endsWith('.ipynb') || offset !== undefined || limit !== undefined) return undefined;
  const result = (await import('./read-notebook.ts')).readNotebook(file);
  return result === undefined ? undefined : { result, isText: true };
}
