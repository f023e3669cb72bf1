import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { EXIT, PithError } from '@pith/kernel';
import { findCharset } from './charset.ts';

export interface ReadBody {
  bytes: Uint8Array;
  /** There was more than the limit. */
  truncated: boolean;
}

export interface FetchBody {
  body: Uint8Array;
  /** The body was longer than `maxBytes` and is cut. */
  truncated: boolean;
  /** Lower case, without parameters; `null` when not stated. */
  mediaType: string | null;
  /** What `text` decodes with: byte order mark, header, the first kilobyte of HTML, or UTF-8. */
  charset: string;
  /** The body as text; what cannot be decoded becomes U+FFFD. */
  text(): string;
}

/** Headers, checksums and blocks that add to compressed data; more than that without any content is a trick. */
const COMPRESSION_OVERHEAD_BYTES = 64 * 1024;

class LimitReached extends Error {}

/** Reads until the end or the limit, whichever comes first; the limit counts bytes after decompression. */
export async function readBody(response: IncomingMessage, { maxBytes, signal }: { maxBytes: number; signal: AbortSignal }): Promise<ReadBody> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of decode(response, maxBytes) as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted();
      const room = maxBytes - size;
      parts.push(part.length > room ? part.subarray(0, room) : part);
      size += Math.min(part.length, room);
      if (part.length > room) return { bytes: Buffer.concat(parts), truncated: true };
    }
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    return { bytes: Buffer.concat(parts), truncated: true };
  }
  return { bytes: Buffer.concat(parts), truncated: false };
}

/** @throws PithError NET_REPLY_INVALID for an encoding that was not asked for */
function decode(response: IncomingMessage, maxBytes: number): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return response;
  const decoder = createDecoder(encoding);
  if (decoder === undefined) throw new PithError(`The reply is encoded as ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`, { code: 'NET_REPLY_INVALID', exitCode: EXIT.provider });
  return pipeline(response, (source: AsyncIterable<Uint8Array>) => bound(source, maxBytes + COMPRESSION_OVERHEAD_BYTES), decoder, () => undefined); // Whoever reads the decoder sees its error.
}

function createDecoder(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'gzip': case 'x-gzip': return createGunzip();
    case 'deflate': return createInflate();
    case 'br': return createBrotliDecompress();
    default: return undefined;
  }
}

/** Compressed data may go on for ever and decompress to nothing. */
async function* bound(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const part of source) {
    size += part.length;
    if (size > maxBytes) throw new LimitReached();
    yield part;
  }
}

export function toFetchBody({ bytes, truncated }: ReadBody, contentType: string | undefined): FetchBody {
  const mediaType = contentType?.split(';', 1)[0]!.trim().toLowerCase() || null;
  const charset = findCharset(bytes, { mediaType, contentType });
  return { body: bytes, truncated, mediaType, charset, text: () => new TextDecoder(charset).decode(bytes) };
}
