import { readFile } from 'node:fs/promises';
import type { Secrets } from '@pith/kernel';
import { readTranscript } from '../store.ts';
import { toDocument } from './document.ts';

export const EXPORT_FORMATS = ['markdown', 'json', 'html'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/**
 * A transcript as one text for people or programs. Secrets were kept out of it when it was written; those that are known by now are
 * taken out again.
 * @throws PithError SESSION_UNREADABLE
 */
export async function exportSession(file: string, { format, secrets }: { format: ExportFormat; secrets: Secrets }): Promise<string> {
  const { session, events, repairs } = readTranscript(file, await readFile(file));
  const document = secrets.redactDeep(toDocument(session, { events, repairs }));
  if (format === 'json') return toJson(document);
  return format === 'html' ? (await import('./html.ts')).toPage(document) : (await import('./markdown.ts')).toMarkdown(document);
}

/** What hides or steers is spelled out; read as JSON it is the same. */
function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\x7f-\x9f]/gu, (character) => Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''))}\n`;
}
