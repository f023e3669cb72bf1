import type { DocumentBlock, ImageBlock, Source } from '@pith/kernel';

/** Media types whose bytes are text that a model reads as it stands. */
export function isTextType(mediaType: string): boolean {
  return /^text\/|^application\/(?:json|xml|yaml|x-yaml|toml|javascript)$|\+(?:json|xml)$/.test(mediaType.replace(/\s*;.*$/s, ''));
}

export function toDataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}

/** Where something is that a URL names: a base64 `data:` URL holds the bytes itself. */
export function toSource(url: string): Source {
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return mediaType === undefined || data === undefined ? { kind: 'url', url } : { kind: 'base64', mediaType, data };
}

/** A document's own words where it is text; otherwise what to say in its place. */
export function toDocumentText({ source, title }: DocumentBlock): string {
  if (source.kind === 'url') return `[${title ?? 'A document'} is at ${source.url}]`;
  if (!isTextType(source.mediaType)) return `[${title ?? 'A document'} of type ${source.mediaType} is left out: the model cannot read it.]`;
  const text = Buffer.from(source.data, 'base64').toString('utf8');
  return title === undefined ? text : `${title}:\n${text}`;
}

export function toImageUrl({ source }: ImageBlock): string {
  return source.kind === 'url' ? source.url : toDataUrl(source.mediaType, source.data);
}
