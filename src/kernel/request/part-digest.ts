import { fingerprint } from './fingerprint.ts';
import type { Block, Message, ModelRequest, SystemSection, ToolSpec } from '../message.ts';

/** Of a request, what is neither tools nor text, and yet part of what a vendor's cache is kept by. */
export interface RequestFacts { facts: Readonly<Record<string, unknown>> }
export type RequestPart = RequestFacts | readonly ToolSpec[] | SystemSection | Message;

export interface PartDigest {
  hash: string;
  /** How many blocks of a message stand up to its last cache breakpoint, which is all of a section; 0 is none. */
  marked: number;
}

const digests = new WeakMap<object, PartDigest>();

/** Made once for each object: requests are frozen, so the same object is the same text. Marks and labels are left out. */
export function digestOf(part: RequestPart): PartDigest {
  let known = digests.get(part);
  if (known === undefined) digests.set(part, known = { hash: fingerprint(textOf(part)), marked: countMarked(part) });
  return known;
}

export const hashOf = (part: RequestPart): string => digestOf(part).hash;

/** Of a message's first blocks. */
export function hashOfHead({ role, content }: Message, blocks: number): string {
  return fingerprint(messageText(role, content.slice(0, blocks)));
}

export function toFacts({ provider, model, options: { effort, thinkingTokens, toolChoice, schema, body } }: ModelRequest): RequestFacts {
  return { facts: { provider, model, effort, thinkingTokens, toolChoice, schema, body } };
}

function textOf(part: RequestPart): string {
  if ('content' in part) return messageText(part.role, part.content);
  if ('text' in part) return part.text;
  if ('facts' in part) return JSON.stringify(part.facts);
  return JSON.stringify(part.map(({ name, description, inputSchema }) => [name, description, inputSchema]));
}

function messageText(role: Message['role'], content: readonly Block[]): string {
  return JSON.stringify([role, content.map(toSent)]);
}

/** The block as the model gets it. */
function toSent(block: Block): object {
  if (block.type === 'tool-result' && block.content.some(({ label }) => label !== undefined)) return withoutMarks({ ...block, content: block.content.map(withoutMarks) });
  return withoutMarks(block);
}

function withoutMarks<T extends Pick<Block, 'cache' | 'label'>>(block: T): object {
  if (block.cache === undefined && block.label === undefined) return block;
  const { cache: _, label: __, ...rest } = block;
  return rest;
}

function countMarked(part: RequestPart): number {
  if ('content' in part) return part.content.findLastIndex(({ cache }) => cache === true) + 1;
  return 'text' in part && part.cache === true ? 1 : 0;
}
