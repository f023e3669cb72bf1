import type { Block, Message } from '@pith/kernel';
import { asRecord, asText } from '@pith/wire';

/**
 * What one vendor needs back of a thought, carried through a program of the other family in the field that it hands back unread: `signature`, or
 * `encrypted_content`.
 */
const MARK = 'pith1.';

export function seal(held: unknown): string {
  return MARK + Buffer.from(JSON.stringify(held)).toString('base64url');
}

function unseal(text: string | undefined): unknown {
  if (text?.startsWith(MARK) !== true) return undefined;
  try {
    return JSON.parse(Buffer.from(text.slice(MARK.length), 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined; // Somebody has changed it: then it is a thought without its seal.
  }
}

/** The seal of a thought of OpenAI's; nothing where there is none to keep. */
export function sealThought(block: Block): string | undefined {
  if (block.type !== 'thinking' || block.vendor === undefined) return undefined;
  return seal({ provider: block.vendor.provider, raw: block.vendor.raw });
}

/** A conversation whose thoughts are again what their vendor gave. */
export function unsealMessages(messages: readonly Message[]): Message[] {
  return messages.map((message) => ({ ...message, content: message.content.map(unsealBlock) }));
}

function unsealBlock(block: Block): Block {
  if (block.type !== 'thinking') return block;
  const held = asRecord(unseal(block.signature));
  const provider = asText(held['provider']);
  if (provider !== undefined) return { type: 'thinking', text: block.text, vendor: { provider, raw: held['raw'] ?? null } };
  const redacted = asText(held['redacted']);
  if (redacted !== undefined) return { type: 'redacted-thinking', data: redacted };
  const [thinking, signature] = [asText(held['thinking']), asText(held['signature'])];
  if (thinking !== undefined && signature !== undefined) return { type: 'thinking', text: thinking, signature };
  return fromDetails(block) ?? block;
}

const CLAUDE = 'anthropic-claude-v1';

/** How thoughts of Claude stand in Chat Completions, as OpenRouter has it; there is no other word for them. */
export function toDetail(block: Block, index: number): Record<string, unknown> | undefined {
  if (block.type === 'thinking') return block.signature === undefined ? undefined : { type: 'reasoning.text', text: block.text, signature: block.signature, format: CLAUDE, index };
  return block.type === 'redacted-thinking' ? { type: 'reasoning.encrypted', data: block.data, format: CLAUDE, index } : undefined;
}

/** The first of them: a turn of Claude's has one thought in front of its calls. */
function fromDetails(block: Block & { type: 'thinking' }): Block | undefined {
  const list = asRecord(block.vendor?.raw)['reasoning_details'];
  const detail = asRecord(Array.isArray(list) ? list.find((each) => asRecord(each)['format'] === CLAUDE) : undefined);
  const [text, signature, data] = [asText(detail['text']), asText(detail['signature']), asText(detail['data'])];
  if (text !== undefined && signature !== undefined) return { type: 'thinking', text, signature };
  return data === undefined ? undefined : { type: 'redacted-thinking', data };
}
