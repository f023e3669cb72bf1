import type { ImageBlock, ToolResult } from '@pith/kernel';
import { toolError } from './errors.ts';
import { type ImageInfo, readImageInfo } from './image-info.ts';
import type { MediaFile } from './media.ts';
import { toSizeText } from './shown.ts';

/** What providers take of one image, counted as it is sent: in base64. */
export const MAX_IMAGE_CHARACTERS = 5 * 1024 * 1024;
export const MAX_IMAGE_SIDE = 8000;

/** An image as the model sees it. One that a provider would refuse is refused here: once in the history, it would stay there. */
export function readImage({ bytes, sizeBytes, path, shown }: MediaFile): ToolResult {
  const info = readImageInfo(bytes)!;
  const problem = imageProblem(info, sizeBytes);
  if (problem !== undefined) throw toolError(`${shown} is ${nameOf(info)} that cannot be shown: ${problem.text}`, problem.code, 'Change it with a program, through bash, and read the result.');
  const { width, height } = info.size!;
  return {
    content: [toImageBlock(info, bytes), { type: 'text', text: `[${nameOf(info)}, ${width} x ${height} pixels, ${toSizeText(sizeBytes)}]` }],
    details: { path, mediaType: info.mediaType, width, height, sizeBytes },
  };
}

/** Why a model cannot be shown an image. */
export function imageProblem({ size }: ImageInfo, sizeBytes: number): { text: string; code: 'FILE_TOO_LARGE' | 'MEDIA_INVALID' } | undefined {
  if (Math.ceil(sizeBytes / 3) * 4 > MAX_IMAGE_CHARACTERS) return { text: `it has ${toSizeText(sizeBytes)}; at most ${toSizeText(Math.floor(MAX_IMAGE_CHARACTERS / 4 * 3))} are taken`, code: 'FILE_TOO_LARGE' };
  if (size === undefined) return { text: 'it is damaged or not whole', code: 'MEDIA_INVALID' };
  if (Math.max(size.width, size.height) > MAX_IMAGE_SIDE) return { text: `it has ${size.width} x ${size.height} pixels; at most ${MAX_IMAGE_SIDE} are taken on each side`, code: 'MEDIA_INVALID' };
  return undefined;
}

export function toImageBlock({ mediaType }: ImageInfo, bytes: Buffer): ImageBlock {
  return { type: 'image', source: { kind: 'base64', mediaType, data: bytes.toString('base64') } };
}

function nameOf({ mediaType }: ImageInfo): string {
  return { 'image/png': 'a PNG image', 'image/jpeg': 'a JPEG image', 'image/gif': 'a GIF image', 'image/webp': 'a WebP image' }[mediaType];
}
