import { type Message, type ModelRequest, toText, type ToolContent } from '@pith/kernel';
import type { Expectation } from './conversation.ts';

/** What a request lacks of an expectation, as one sentence; nothing when it holds. */
export function findMismatch(request: ModelRequest, { last = [], absent = [], system = [], tools = [], messages }: Expectation): string | undefined {
  const said = textOfMessage(request.messages.at(-1));
  const prompt = request.system.map(({ text }) => text).join('\n');
  const offered = new Set(request.tools.map(({ name }) => name));
  const missing = last.find((text) => !said.includes(text));
  if (missing !== undefined) return `the last message should contain ${JSON.stringify(missing)}, but is: ${excerpt(said)}`;
  const unwanted = absent.find((text) => said.includes(text));
  if (unwanted !== undefined) return `the last message should not contain ${JSON.stringify(unwanted)}, but is: ${excerpt(said)}`;
  const unsaid = system.find((text) => !prompt.includes(text));
  if (unsaid !== undefined) return `the system prompt should contain ${JSON.stringify(unsaid)}, but is: ${excerpt(prompt)}`;
  const unoffered = tools.find((name) => !offered.has(name));
  if (unoffered !== undefined) return `the tool ${unoffered} should be offered; offered are: ${[...offered].join(', ') || 'none'}`;
  if (messages !== undefined && messages !== request.messages.length) return `the request should hold ${messages} messages, but holds ${request.messages.length}`;
  return undefined;
}

function textOfMessage(message: Message | undefined): string {
  if (message === undefined) return '';
  return message.content.map((block) => (block.type === 'tool-result' ? toText(block.content as readonly ToolContent[]) : block.type === 'text' ? block.text : '')).join('\n');
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 400 ? `${text.slice(0, 300)} … ${text.slice(-90)}` : text);
}
