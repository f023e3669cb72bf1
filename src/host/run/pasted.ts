import { type Block, describe, enclose } from '@pith/kernel';
import { labelOf, toMediaBlock } from '@pith/files/media';

const PASTED_MAX = 20;

/**
 * What was pasted with a line of the input: a list of `{ "text": "…" }`, or of images and PDFs as `{ "data": "BASE64" }`; a `name` is for people.
 * @returns what is wrong with it, where something is. @throws PithError INPUT_TOO_LARGE
 */
export function toPasted(given: unknown): readonly Block[] | string {
  if (!Array.isArray(given)) return `has attachments that are no list; found ${describe(given)}`;
  if (given.length > PASTED_MAX) return `has ${given.length} attachments; at most ${PASTED_MAX} are taken`;
  const blocks: Block[] = [];
  for (const each of given as unknown[]) {
    const block = toBlock(each);
    if (typeof block === 'string') return block;
    blocks.push(block);
  }
  return blocks;
}

function toBlock(given: unknown): Block | string {
  const { text, data, name = 'pasted' } = (typeof given === 'object' && given !== null ? given : {}) as { text?: unknown; data?: unknown; name?: unknown };
  if (typeof name !== 'string') return `has an attachment whose name is ${describe(name)}`;
  if (typeof text === 'string' && data === undefined) return { type: 'text', text: enclose(text, 'pasted', name === 'pasted' ? {} : { name }), label: labelOf(name) };
  if (typeof data !== 'string' || text !== undefined || data.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return `has an attachment with neither a text nor bytes in base64; found ${describe(given)}`;
  return toMediaBlock(Buffer.from(data, 'base64'), name) ?? `has an attachment, ${JSON.stringify(name)}, that is neither an image nor a PDF document`;
}
