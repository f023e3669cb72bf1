import { type Block, describeChange, type FileChange, type Message, type SessionSummary, type ToolContent, type TurnEvent, type Usage } from '@pith/kernel';

/** Version of the document. Fields may be added within a version; a change of meaning makes the next one. */
export const DOCUMENT_VERSION = 1;

/** What an export holds, in each of its forms; as JSON this is the whole of it. `docs/session-export.md` describes it. */
export interface SessionDocument {
  format: 'pith-session';
  v: typeof DOCUMENT_VERSION;
  session: SessionSummary & { provider: string | null; model: string | null };
  /** What could not be read or had to be mended, one sentence each. */
  repairs: readonly string[];
  /** In the order in which it came. */
  items: Item[];
}

export type Item =
  | { type: 'input'; atMs: number; turn: number; origin: string; parts: Part[] }
  | { type: 'answer'; atMs: number; parts: Part[] }
  | { type: 'thinking'; atMs: number; text: string }
  | ToolItem
  | AgentItem
  | { type: 'change'; atMs: number; text: string }
  | { type: 'turn-end'; atMs: number; turn: number; status: string; reason: string | null; steps: number; usage: Usage; costMicroUsd: number | null; durationMs: number };

export interface ToolItem {
  type: 'tool';
  atMs: number;
  tool: string;
  input: unknown;
  /** `open` has no result; `provider` was run by the provider. */
  status: 'done' | 'error' | 'refused' | 'interrupted' | 'open' | 'provider';
  parts: Part[];
  changes: readonly FileChange[];
  durationMs: number;
  /** Unified. */
  diff?: string;
  /** Sub-turns that it started. */
  agents: AgentItem[];
}

export interface AgentItem { type: 'agent'; atMs: number; name: string; task: string; status: string; items: Item[] }

export type Part =
  /** `label` says who put it beside what a person typed, and what it is. */
  | { type: 'text'; text: string; label?: string }
  | { type: 'image' | 'document'; mediaType: string; data: string; title?: string }
  | { type: 'image' | 'document'; url: string; title?: string }
  | { type: 'other'; of: string };

/** Everything that a person can have seen of a session, from what was kept of it. */
export function toDocument(session: SessionDocument['session'], { events, repairs }: { events: Iterable<TurnEvent>; repairs: readonly string[] }): SessionDocument {
  const builder = new Builder();
  for (const event of events) builder.add(event);
  return { format: 'pith-session', v: DOCUMENT_VERSION, session, repairs, items: builder.items };
}

class Builder {
  readonly items: Item[] = [];
  readonly #agents = new Map<string, AgentItem>();
  readonly #tools = new Map<string, ToolItem>();
  #turn = 0;

  add(event: TurnEvent): void {
    const items = this.#agents.get(event.runId)?.items ?? this.items;
    const { atMs } = event;
    switch (event.type) {
      case 'input-accepted':
        if (event.parentRunId !== undefined && event.goesOn === undefined) break; // The task of an agent, which says it itself.
        if (event.goesOn === undefined) this.#turn++;
        items.push({ type: 'input', atMs, turn: this.#turn, origin: event.origin, parts: event.message.content.map(toPart) });
        break;
      case 'model-end':
        if (event.purpose !== 'turn') break;
        if (event.error === undefined) for (const block of event.reply.blocks) this.#addBlock(block, event, items);
        else items.push({ type: 'change', atMs, text: `The model call failed: ${event.error.message}` });
        break;
      case 'tool-start': this.#toolOf(event, items, event.input); break;
      case 'tool-end': {
        const { status, content, changes, durationMs, details } = event;
        const diff = (details as { diff?: unknown } | null | undefined)?.diff;
        Object.assign(this.#toolOf(event, items, undefined), { status, parts: content.map(toPart), changes, durationMs, ...(typeof diff === 'string' ? { diff } : {}) });
        break;
      }
      case 'run-start': this.#addAgent(event); break;
      case 'run-end': Object.assign(this.#agents.get(event.runId) ?? {}, { status: event.status }); break;
      case 'turn-end': {
        const { status, reason, steps, usage, costMicroUsd, durationMs } = event;
        items.push({ type: 'turn-end', atMs, turn: this.#turn, status, reason, steps, usage, costMicroUsd, durationMs });
        break;
      }
      default: {
        const text = describeChange(event);
        if (text !== undefined) items.push({ type: 'change', atMs, text });
      }
    }
  }

  #addBlock(block: Block, { runId, atMs }: TurnEvent, items: Item[]): void {
    const last = items.at(-1);
    if (block.type === 'thinking') items.push({ type: 'thinking', atMs, text: block.text });
    else if (block.type === 'tool-call') this.#newTool(`${runId} ${block.id}`, { atMs, tool: block.name, input: block.complete ? block.input : block.raw, status: 'open' }, items);
    else if (block.type === 'server-tool-call') this.#newTool(`${runId} ${block.id}`, { atMs, tool: block.name, input: block.input, status: 'provider' }, items);
    else if (block.type === 'server-tool-result') this.#tools.get(`${runId} ${block.toolUseId}`)?.parts.push({ type: 'text', text: JSON.stringify(block.raw, null, 2) ?? '' });
    else if (last?.type === 'answer' && last.atMs === atMs) last.parts.push(toPart(block));
    else items.push({ type: 'answer', atMs, parts: [toPart(block)] });
  }

  #toolOf({ runId, callId, tool, atMs }: Extract<TurnEvent, { type: 'tool-start' | 'tool-end' }>, items: Item[], input: unknown): ToolItem {
    return this.#tools.get(`${runId} ${callId}`) ?? this.#newTool(`${runId} ${callId}`, { atMs, tool, input, status: 'open' }, items);
  }

  #newTool(key: string, known: Pick<ToolItem, 'atMs' | 'tool' | 'input' | 'status'>, items: Item[]): ToolItem {
    const item: ToolItem = { type: 'tool', ...known, parts: [], changes: [], durationMs: 0, agents: [] };
    this.#tools.set(key, item);
    items.push(item);
    return item;
  }

  #addAgent({ runId, parentRunId, callId, name, task, atMs }: Extract<TurnEvent, { type: 'run-start' }>): void {
    const agent: AgentItem = { type: 'agent', atMs, name, task, status: 'open', items: [] };
    this.#agents.set(runId, agent);
    const tool = this.#tools.get(`${parentRunId} ${callId}`);
    if (tool !== undefined) tool.agents.push(agent);
    else (this.#agents.get(parentRunId ?? '')?.items ?? this.items).push(agent);
  }
}

function toPart(block: Message['content'][number] | ToolContent): Part {
  switch (block.type) {
    case 'text': return { type: 'text', text: block.text, ...(block.label === undefined ? {} : { label: `${block.label.name} (${block.label.owner})` }) };
    case 'refusal': return { type: 'text', text: block.text };
    case 'image': case 'document': {
      const { source } = block;
      const title = block.type === 'document' && block.title !== undefined ? { title: block.title } : {};
      return source.kind === 'url' ? { type: block.type, url: source.url, ...title } : { type: block.type, mediaType: source.mediaType, data: source.data, ...title };
    }
    default: return { type: 'other', of: block.type };
  }
}
