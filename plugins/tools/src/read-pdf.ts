import { basename } from 'node:path';
import { escapeControl, type ToolResult } from '@pith/kernel';
import { toolError } from './errors.ts';
import type { MediaFile } from './media.ts';
import { readPdfInfo } from './pdf-info.ts';
import { toCount, toSizeText } from './shown.ts';

/** It is sent with every request from then on. */
export const MAX_PDF_BYTES = 10_000_000;
/** What providers take in one request. */
export const MAX_PDF_PAGES = 100;

/** A document as the model reads it: text and pictures of its pages. One that a provider would refuse is refused here. */
export function readPdf({ bytes, sizeBytes, path, shown }: MediaFile): ToolResult {
  const hint = 'Take the pages you need with a program, through bash: pdftotext, or qpdf.';
  if (sizeBytes > MAX_PDF_BYTES) throw toolError(`${shown} is a PDF document of ${toSizeText(sizeBytes)}; at most ${toSizeText(MAX_PDF_BYTES)} are taken`, 'FILE_TOO_LARGE', hint);
  const { pages, isEncrypted, isWhole } = readPdfInfo(bytes);
  if (isEncrypted) throw toolError(`${shown} is a PDF document that is encrypted`, 'MEDIA_INVALID', 'Ask for a copy that is not, or decrypt it with a program, through bash.');
  if (!isWhole) throw toolError(`${shown} is a PDF document that is damaged or not whole`, 'MEDIA_INVALID', hint);
  if (pages !== undefined && pages > MAX_PDF_PAGES) throw toolError(`${shown} is a PDF document of ${pages} pages; at most ${MAX_PDF_PAGES} are taken`, 'FILE_TOO_LARGE', hint);
  return {
    content: [
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: bytes.toString('base64') }, title: escapeControl(basename(path)) },
      { type: 'text', text: `[a PDF document, ${pages === undefined ? 'pages not counted' : toCount(pages, 'page')}, ${toSizeText(sizeBytes)}]` },
    ],
    details: { path, mediaType: 'application/pdf', pages: pages ?? null, sizeBytes },
  };
}
