import { brotliDecompressSync, constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { Transform } from 'node:stream';

/** A stream that is not closed in its own terms is whole all the same: the connection has said so. */
const LENIENT = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };

/** Where the connection says nothing, as its end may be that of the server's life. */
const STRICT = { flush: constants.Z_SYNC_FLUSH };

interface Encoding { whole: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer; decoder: (isStrict: boolean) => Transform }

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  gzip: { whole: gunzipSync, decoder: (isStrict) => createGunzip(isStrict ? STRICT : LENIENT) },
  'x-gzip': { whole: gunzipSync, decoder: (isStrict) => createGunzip(isStrict ? STRICT : LENIENT) },
  deflate: { whole: inflateSync, decoder: (isStrict) => createInflate(isStrict ? STRICT : LENIENT) },
  br: { whole: brotliDecompressSync, decoder: () => createBrotliDecompress() },
  zstd: { whole: zstdDecompressSync, decoder: () => createZstdDecompress() },
};

const find = (encoding: string | undefined): Encoding | undefined => (encoding !== undefined && Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined);

/** A body as it was before it was compressed; nothing where that is not possible, or more than `maxBytes`. */
export function decodeBody(bytes: Buffer, encoding: string | undefined, maxBytes: number): Buffer | undefined {
  if (encoding === undefined || encoding === 'identity' || encoding === '') return bytes;
  try {
    return find(encoding)?.whole(bytes, { maxOutputLength: maxBytes });
  } catch {
    return undefined; // Not what it is said to be, or a little that becomes much.
  }
}

/** Nobody compresses more often, and each costs memory. */
const TIMES_MAX = 3;

/** Makes readable what passes compressed, also where it is so more than once: the last of the list was done last. Nothing where it cannot be read. @param isStrict what is not closed in its own terms is broken off */
export function toDecoder(encoding: string | undefined, isStrict: boolean): Transform | undefined {
  if (encoding === undefined) return undefined;
  const known = find(encoding);
  if (known !== undefined) return known.decoder(isStrict);
  const names = encoding.toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  const all = names.map(find).filter((each) => each !== undefined).reverse();
  if (all.length !== names.length || all.length === 0 || all.length > TIMES_MAX) return undefined;
  return all.map((each) => each.decoder(isStrict)).reduce((first, next) => first.compose(next));
}
