import { type Block, enclose, type Message } from '@pith/kernel';
import { cutText, fairLimit } from './cut-text.ts';
import { callsOf, isTrace } from './history.ts';

interface Entry { title: string; text: string }

const LEAST_CHARACTERS = 200;

/**
 * What was said and done as one text of about `limit` characters, for a model that sums it up: the longest pieces are cut first,
 * then the oldest entries are left out.
 */
export function toTranscript(messages: readonly Message[], limit: number): string {
  const all = messages.flatMap((message, index) => toEntries(messages, message, index));
  const most = Math.max(1, Math.floor(limit / LEAST_CHARACTERS));
  const entries = all.length <= most ? all : [...all.slice(0, 1), { title: 'note', text: `${all.length - most} entries were left out here.` }, ...all.slice(1 - most)];
  const longest = fairLimit(entries.map(({ text }) => text.length), limit, LEAST_CHARACTERS);
  // What a file says must not pass for an entry of its own: the summary is believed from then on.
  return entries.map(({ title, text }) => enclose(cutText(text, longest, (left) => `[… ${left} characters …]`), 'entry', { of: title })).join('\n');
}

function toEntries(messages: readonly Message[], { role, content }: Message, index: number): Entry[] {
  const calls = role === 'user' ? callsOf(messages, index) : new Map<Block, never>();
  return content.flatMap((block): Entry[] => {
    switch (block.type) {
      case 'text': return [{ title: isTrace(block, 'summary') ? 'earlier summary' : block.label === undefined ? role : `${role}: ${block.label.name}`, text: block.text }];
      case 'refusal': return [{ title: role, text: block.text }];
      case 'tool-call': return [{ title: `call of ${block.name}`, text: JSON.stringify(block.input) ?? 'It did not arrive whole.' }];
      case 'tool-result': {
        const text = block.content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
        return [{ title: `${block.isError === true ? 'error' : 'result'} of ${calls.get(block)?.name ?? 'a tool'}`, text }];
      }
      case 'image': case 'document': return [{ title: role, text: `[${block.type}]` }];
      case 'server-tool-call': return [{ title: `call of ${block.name}`, text: JSON.stringify(block.input) ?? '' }];
      default: return []; // Thinking is sealed, and results of the vendor's own tools are not for reading.
    }
  });
}
