import type { Block, Message, ModelRequest } from '@pith/kernel';

/** A request of a turn; a test states what matters to it. */
export function modelRequest(facts: Partial<ModelRequest> = {}): ModelRequest {
  return { provider: 'test', model: 'test-model', system: [], messages: [], tools: [], purpose: 'turn', reason: 'step', options: {}, ...facts };
}

export const user = (...content: (string | Block)[]): Message => ({ role: 'user', content: content.map(toBlock) });
export const assistant = (...content: (string | Block)[]): Message => ({ role: 'assistant', content: content.map(toBlock) });

const toBlock = (block: string | Block): Block => (typeof block === 'string' ? { type: 'text', text: block } : block);

export const call = (id: string, input: unknown = { path: 'a.txt' }, name = 'read'): Block => ({ type: 'tool-call', id, name, input, complete: true });
export const result = (id: string, text = 'contents'): Block => ({ type: 'tool-result', toolCallId: id, content: [{ type: 'text', text }] });

export const READ_TOOL = { name: 'read', description: 'Reads a file.', owner: 'tools', inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } } as const;
