export type ImageMediaType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

/** What the head of an image says. Of one that does not arrive at its end, or says no size, nothing is known. */
export interface ImageInfo { mediaType: ImageMediaType; size: { width: number; height: number } | undefined }

/** @returns nothing for what is no PNG, JPEG, GIF or WebP image */
export function readImageInfo(bytes: Buffer): ImageInfo | undefined {
  const starts = (text: string, at = 0): boolean => bytes.toString('latin1', at, at + text.length) === text;
  if (starts('\x89PNG\r\n\x1a\n')) return { mediaType: 'image/png', size: guarded(bytes, pngSize) };
  if (starts('\xff\xd8\xff')) return { mediaType: 'image/jpeg', size: guarded(bytes, jpegSize) };
  if (starts('GIF87a') || starts('GIF89a')) return { mediaType: 'image/gif', size: guarded(bytes, gifSize) };
  if (starts('RIFF') && starts('WEBP', 8)) return { mediaType: 'image/webp', size: guarded(bytes, webpSize) };
  return undefined;
}

type Size = { width: number; height: number } | undefined;

/** Reading beyond the end of a cut image throws. */
function guarded(bytes: Buffer, read: (bytes: Buffer) => Size): Size {
  try {
    const size = read(bytes);
    return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Chunks of length, name, data and sum, the first IHDR, the last IEND. */
function pngSize(bytes: Buffer): Size {
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  let at = 8;
  while (bytes.toString('latin1', at + 4, at + 8) !== 'IEND') at += bytes.readUInt32BE(at) + 12;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Segments up to the one that tells the size (SOF); the end of the image comes after it. */
function jpegSize(bytes: Buffer): Size {
  for (let at = 2; ; at += 2 + bytes.readUInt16BE(at + 2)) {
    while (bytes.readUInt8(at) === 0xff && bytes.readUInt8(at + 1) === 0xff) at++;
    if (bytes.readUInt8(at) !== 0xff) return undefined;
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xd9 || marker === 0xda) return undefined;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return bytes.includes(Buffer.from([0xff, 0xd9]), at) ? { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) } : undefined;
  }
}

/** The last byte that is not padding is the trailer. */
function gifSize(bytes: Buffer): Size {
  let end = bytes.length - 1;
  while (end > 12 && bytes[end] === 0) end--;
  return bytes[end] === 0x3b ? { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) } : undefined;
}

function webpSize(bytes: Buffer): Size {
  if (bytes.readUInt32LE(4) + 8 > bytes.length) return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ': return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X': return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default: return undefined;
  }
}
