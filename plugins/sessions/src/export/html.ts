import { createHash } from 'node:crypto';
import { type Lex, loadLexer } from '@pith/screen';
import type { AgentItem, Item, Part, SessionDocument, ToolItem } from './document.ts';
import { pre, toHtml, toText } from './html-text.ts';
import { toImageAddress } from './images.ts';
import { STYLE } from './style.ts';
import { factsOf, toEnd, toInputText, toNote, toOutcome, toUtc } from './words.ts';

/**
 * The session as one page, which needs nothing else and may do nothing: no script, no address is asked, no form is sent. Whatever was
 * said in it is text.
 */
export async function toPage(document: SessionDocument): Promise<string> {
  const lex = await loadLexer();
  const title = toText(document.session.title) || 'Session';
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  const facts = factsOf(document).map(([name, value]) => `<dt>${name}</dt><dd>${toText(value)}</dd>`).join('');
  const repairs = document.repairs.map((repair) => `<p class="note">${toText(repair)}</p>`).join('');
  return [
    '<!doctype html>', '<html lang="en">', '<head>', '<meta charset="utf-8">', `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">', '<meta name="referrer" content="no-referrer">', '<meta name="color-scheme" content="light dark">', `<title>${title}</title>`, `<style>${STYLE}</style>`, '</head>',
    '<body>', '<main>', `<h1>${title}</h1>`, `<dl>${facts}</dl>${repairs}`, ...document.items.map((item) => toBlock(item, lex)), '</main>', '</body>', '</html>', '',
  ].join('\n');
}

function toBlock(item: Item, lex: Lex): string {
  switch (item.type) {
    case 'input': return `<section class="input"><h2>Turn ${item.turn} <small>${toUtc(item.atMs)}${item.origin === 'person' ? '' : ` (${toText(item.origin)})`}</small></h2>${item.parts.map((part) => (part.type === 'text' && part.label === undefined ? `<div class="typed">${toText(part.text)}</div>` : toPart(part))).join('')}</section>`;
    case 'answer': return `<section class="answer">${item.parts.map((part) => (part.type === 'text' ? toHtml(part.text, lex) : toPart(part))).join('')}</section>`;
    case 'thinking': return item.text.trim() === '' ? '' : `<details class="thinking"><summary>Thinking</summary>${toHtml(item.text, lex)}</details>`;
    case 'tool': return toTool(item, lex);
    case 'agent': return toAgent(item, lex);
    case 'change': return `<p class="note">${toText(item.text)}</p>`;
    case 'turn-end': {
      const end = toEnd(item);
      return end === undefined ? '' : `<p class="note">${toText(end)}</p>`;
    }
  }
}

function toTool(item: ToolItem, lex: Lex): string {
  const input = toInputText(item);
  const brief = input.replace(/\s+/g, ' ').slice(0, 120);
  return [
    `<details class="tool${item.status === 'done' || item.status === 'provider' ? '' : ' failed'}"><summary><code>${toText(item.tool)}</code> <span>${toText(brief)}</span> <small>${toText(toOutcome(item))}</small></summary>`,
    item.input === undefined ? '' : pre(input), ...item.agents.map((agent) => toAgent(agent, lex)),
    item.diff === undefined || item.diff === '' ? '' : toDiff(item.diff), ...item.parts.map((part) => (part.type === 'text' ? pre(part.text) : toPart(part))), '</details>',
  ].join('');
}

function toAgent({ name, task, status, items }: AgentItem, lex: Lex): string {
  return `<details class="agent"><summary>Agent <code>${toText(name)}</code> <small>${toText(status)}</small></summary><div class="typed">${toText(task)}</div>${items.map((item) => toBlock(item, lex)).join('')}</details>`;
}

function toPart(part: Part): string {
  if (part.type === 'text') return `<details><summary>${toText(part.label ?? 'Text')}</summary>${pre(part.text)}</details>`;
  const address = part.type === 'image' && 'data' in part ? toImageAddress(part.data) : undefined;
  return address === undefined ? `<p class="note">${toText(toNote(part))}</p>` : `<img alt="${toText(toNote(part))}" src="${address}">`;
}

/** Each line as what it is: added, taken away, or where it stands. */
function toDiff(diff: string): string {
  const lines = diff.replace(/\n$/, '').split('\n').map((line) => {
    const kind = /^(?:\+\+\+|---|@@|diff )/.test(line) ? 'at' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : '';
    return kind === '' ? toText(line) : `<span class="${kind}">${toText(line)}</span>`;
  });
  return `<pre class="diff">${lines.join('\n')}</pre>`;
}
