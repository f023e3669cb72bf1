import type { AgentItem, Item, Part, SessionDocument, ToolItem } from './document.ts';
import { toCode, toFence, toOwnMarkdown, toPlain, toQuote } from './markdown-text.ts';
import { factsOf, toEnd, toInputText, toNote, toOutcome, toUtc } from './words.ts';

/** The session as Markdown. Nothing that was said in it becomes HTML, or reaches out of its place. */
export function toMarkdown(document: SessionDocument): string {
  const facts = factsOf(document).map(([name, value]) => `- ${name}: ${toCode(value)}`).join('\n');
  const repairs = document.repairs.map((repair) => `- ${toPlain(repair)}`).join('\n');
  return `${[`# ${toPlain(document.session.title) || 'Session'}`, facts, ...(repairs === '' ? [] : [repairs]), ...document.items.flatMap(toBlocks)].join('\n\n')}\n`;
}

function toBlocks(item: Item): string[] {
  switch (item.type) {
    case 'input': return [`## Turn ${item.turn}, ${toUtc(item.atMs)}${item.origin === 'person' ? '' : ` (${item.origin})`}`, ...item.parts.map((part) => toQuote(toPartText(part)))];
    case 'answer': return item.parts.map(toPartText);
    case 'thinking': return item.text.trim() === '' ? [] : ['*Thinking*', toQuote(toOwnMarkdown(item.text))];
    case 'tool': return toTool(item);
    case 'agent': return toAgent(item);
    case 'change': return [`*${toPlain(item.text)}*`];
    case 'turn-end': {
      const end = toEnd(item);
      return end === undefined ? [] : [`*${toPlain(end)}*`];
    }
  }
}

function toTool(item: ToolItem): string[] {
  return [
    `**${toCode(item.tool)}**: ${toPlain(toOutcome(item))}`, ...(item.input === undefined ? [] : [toFence(toInputText(item), typeof item.input === 'string' ? '' : 'json')]),
    ...item.agents.flatMap(toAgent), ...(item.diff === undefined || item.diff === '' ? [] : [toFence(item.diff, 'diff')]), ...item.parts.map((part) => (part.type === 'text' ? toFence(part.text) : toPartText(part))),
  ];
}

function toAgent({ name, task, status, items }: AgentItem): string[] {
  return [toQuote([`**Agent ${toCode(name)}** (${status})`, toOwnMarkdown(task), ...items.flatMap(toBlocks)].join('\n\n'))];
}

function toPartText(part: Part): string {
  if (part.type !== 'text') return `*${toPlain(toNote(part))}*`;
  return part.label === undefined ? toOwnMarkdown(part.text) : `*${toPlain(part.label)}*\n\n${toFence(part.text)}`;
}
