/** How far into an HTML page its own statement is looked for, as browsers do. */
const META_BYTES = 1024;

/** The encoding of a text, as a label that TextDecoder knows: byte order mark, header, HTML's own statement, else UTF-8. */
export function findCharset(bytes: Uint8Array, { mediaType, contentType }: { mediaType: string | null; contentType: string | undefined }): string {
  const marked = markOf(bytes);
  if (marked !== undefined) return marked;
  const stated = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1];
  return known(stated) ?? (mediaType === 'text/html' || mediaType === 'application/xhtml+xml' ? known(metaOf(bytes)) : undefined) ?? 'utf-8';
}

function markOf([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
}

function metaOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, META_BYTES)).toString('latin1');
  const label = /<meta\b[^>]*?\bcharset\s*=\s*["']?([^\s"'/>;]+)/i.exec(head)?.[1];
  // A page that can be read this far as single bytes is not UTF-16, whatever it says.
  return label !== undefined && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

/** The standard name of a label; nothing for one that is not known. */
function known(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined; // A server may say anything; UTF-8 is then the best guess.
  }
}
