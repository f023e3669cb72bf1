import { describeImage, layoutDiff, layoutAnswer, layoutMarkdown, type Lex, type Line, MarkdownStream, type Theme, toSpan, wrapLine } from '@pith/screen';
import { toPlainSigns } from '../ink/signs.ts';
import type { PagerLook } from '../pager/text.ts';
import type { AgentView, CallView, Item, TodoItem, View } from '../view.ts';
import { toCost, toCount, toDuration } from '../view/amounts.ts';

/** So many rows of a change, and of what failed, are read out; the key for everything unfolded gives the rest. */
const MAX_DIFF_ROWS = 40;
const MAX_FAILURE_ROWS = 6;
const MAX_IMAGES = 4;
const MIN_COLUMNS = 20;
const ANSWER = 'Answer: ';

/** What is being said, as far as it was read out. */
interface Said { id: number; markdown: MarkdownStream; taken: number; given: number }

/**
 * A view as lines to be read one after the other, each with a word in front that says what it is. It is asked again and again, and gives
 * what is new; of text that streams, whole paragraphs and lines.
 */
export class Speaker {
  readonly #lex: Lex;
  readonly #theme: Theme;
  #items = 0;
  #said: Said | undefined;
  #thought: number | undefined;
  readonly #calls = new Set<string>();
  readonly #agents = new Set<string>();
  #todo: readonly TodoItem[] = [];
  #typed = 0;

  constructor(lex: Lex, theme: Theme) {
    this.#lex = lex;
    this.#theme = theme;
  }

  /** The next input was typed where it still stands, so it is not said again. */
  skipInput(): void {
    this.#typed++;
  }

  speak(view: View, columns: number): Line[] {
    const look = { width: Math.max(MIN_COLUMNS, columns), theme: this.#theme };
    const fresh = view.items.slice(this.#items);
    this.#items = view.items.length;
    return [
      ...fresh.flatMap((item) => this.#sayItem(item, view, look)),
      ...this.#sayOpen(view, look),
      ...view.calls.flatMap((call) => this.#sayCall('', call, '', look)),
      ...view.agents.flatMap((agent) => this.#sayAgent(agent, look)),
      ...this.#sayTodo(view.todo, look),
    ];
  }

  #sayItem(item: Item, view: View, look: PagerLook): Line[] {
    switch (item.kind) {
      case 'input': {
        if (this.#typed > 0) {
          this.#typed--;
          return [];
        }
        return words(`You: ${[item.text, ...item.attachments.map((name) => `[${name}]`)].join(' ')}`, look);
      }
      case 'image': return words(toImage(item.image, look), look);
      case 'text': return this.#said?.id === item.id ? this.#endText(item.text) : this.#answer(layoutMarkdown(item.text, this.#lex, narrow(look)));
      case 'answer': return this.#answer(layoutAnswer(toPlainSigns(item.text, look.theme), narrow(look)));
      case 'thinking': return this.#thought === item.id ? [] : words('Thinking.', look);
      case 'refusal': return words(`Refusal: ${item.text}`, look);
      case 'call': return layoutEnd(item.call, look);
      case 'agent': return words(toAgentEnd(item.agent), look);
      case 'notice': return [...words(`${{ info: 'Note', warning: 'Warning', error: 'Error' }[item.level]}: ${toPlainSigns(item.text, look.theme)}`, look), ...(item.hint === undefined ? [] : words(`Hint: ${toPlainSigns(item.hint, look.theme)}`, look))];
      case 'end': return words(toTurnEnd(item, view), look);
    }
  }

  #sayOpen({ open }: View, look: PagerLook): Line[] {
    if (open === undefined) return [];
    if (open.kind === 'thinking') {
      if (this.#thought === open.id) return [];
      this.#thought = open.id;
      return words('Thinking.', look);
    }
    if (this.#said?.id !== open.id) this.#said = { id: open.id, markdown: new MarkdownStream(this.#lex, narrow(look)), taken: 0, given: 0 };
    return this.#goOn(this.#said, open.text);
  }

  #endText(text: string): Line[] {
    const said = this.#said!;
    const lines = this.#goOn(said, text, true);
    this.#said = undefined;
    return lines;
  }

  #goOn(said: Said, text: string, isWhole = false): Line[] {
    const { markdown } = said;
    if (text.length > said.taken) markdown.push(text.slice(said.taken));
    said.taken = text.length;
    if (isWhole) markdown.end();
    const lines = markdown.finished.slice(said.given);
    const isFirst = said.given === 0;
    said.given += lines.length;
    return isFirst ? this.#answer(lines) : lines;
  }

  #answer(lines: readonly Line[]): Line[] {
    const [first, ...rest] = lines;
    return first === undefined ? [] : [[{ text: ANSWER }, ...first], ...rest];
  }

  #sayCall(scope: string, call: CallView, agent: string, look: PagerLook): Line[] {
    const key = `${scope} ${call.callId}`;
    if (this.#calls.has(key) || call.state === 'writing' || call.state === 'waiting') return [];
    this.#calls.add(key);
    return words(`Tool${agent === '' ? '' : ` of ${agent}`}: ${call.tool} ${call.target}`, look);
  }

  #sayAgent(agent: AgentView, look: PagerLook): Line[] {
    const isNew = !this.#agents.has(agent.runId);
    this.#agents.add(agent.runId);
    const start = isNew ? words(`Agent: ${agent.name}: ${agent.task.split('\n', 1)[0] ?? ''}`, look) : [];
    return [...start, ...agent.calls.flatMap((call) => this.#sayCall(agent.runId, call, agent.name, look))];
  }

  #sayTodo(todo: readonly TodoItem[], look: PagerLook): Line[] {
    if (todo === this.#todo) return [];
    this.#todo = todo;
    const active = todo.find(({ state }) => state === 'active');
    return todo.length === 0 ? [] : words(`To do: ${todo.filter(({ state }) => state === 'done').length} of ${todo.length} done${active === undefined ? '' : `; now: ${active.text}`}`, look);
  }
}

/** The list of what is to do, for whoever asks. */
export function layoutTodoLines(todo: readonly TodoItem[], look: PagerLook): Line[] {
  if (todo.length === 0) return words('To do: nothing is on the list.', look);
  return todo.flatMap(({ text, state }) => words(`To do, ${{ open: 'open', active: 'now', done: 'done' }[state]}: ${text}`, look));
}

export function words(text: string, look: PagerLook): Line[] {
  return text.split('\n').flatMap((line) => wrapLine([toSpan(line, look)], look));
}

function layoutEnd(call: CallView, look: PagerLook): Line[] {
  const { tool, target, state, result, durationMs, diff, content } = call;
  const facts = [result, ...(durationMs === null || durationMs < 1000 ? [] : [toDuration(durationMs)])].filter((fact) => fact !== '');
  const word = state === 'done' ? 'Tool done' : state === 'error' ? 'Tool failed' : `Tool ${state}`;
  const head = words(`${word}: ${tool} ${target}${facts.length === 0 ? '' : `: ${facts.join(', ')}`}`, look);
  const images = content.filter((block) => block.type === 'image').slice(0, MAX_IMAGES).flatMap((image) => words(toImage(image, look), look));
  if (state === 'done' && images.length > 0) return [...head, ...images];
  if (state === 'done' && diff !== undefined) return [...head, ...layoutDiff(diff, { ...look, maxRows: MAX_DIFF_ROWS })];
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n').trim();
  return state === 'error' && text !== '' && text !== result ? [...head, ...text.split('\n').slice(-MAX_FAILURE_ROWS).flatMap((line) => words(`  ${line}`, look))] : head;
}

function toImage(image: Extract<Item, { kind: 'image' }>['image'], { theme }: PagerLook): string {
  return `Image: ${image.label === undefined ? '' : `${image.label.name}, `}${describeImage(image, theme)}`;
}

function toAgentEnd({ name, state, reason, calls, callsGone, tokens, costMicroUsd, durationMs }: AgentView): string {
  const count = calls.length + callsGone;
  const facts = [`${count} call${count === 1 ? '' : 's'}`, `${toCount(tokens)} tokens`, ...(costMicroUsd === 0 ? [] : [toCost(costMicroUsd)]), ...(durationMs === null ? [] : [toDuration(durationMs)])];
  return `Agent ${state}: ${name}${reason === null ? '' : `: ${reason}`}: ${facts.join(', ')}`;
}

function toTurnEnd({ status, durationMs, costMicroUsd }: Extract<Item, { kind: 'end' }>, { status: { contextTokens, windowTokens } }: View): string {
  const context = contextTokens === undefined ? [] : [`context ${toCount(contextTokens)}${windowTokens === undefined ? '' : ` of ${toCount(windowTokens)}`} tokens`];
  return `${status === 'done' ? 'Done' : `Ended, ${status}`}: ${[toDuration(durationMs), ...(costMicroUsd === 0 ? [] : [toCost(costMicroUsd)]), ...context].join(', ')}`;
}

/** Room for the word in front of the first line. */
function narrow(look: PagerLook): PagerLook {
  return { ...look, width: Math.max(MIN_COLUMNS - ANSWER.length, look.width - ANSWER.length) };
}
