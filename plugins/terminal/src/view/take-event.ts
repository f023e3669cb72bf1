import { describeChange, type ImageBlock, joinRoom, type RoomMade, type TurnEvent, type Usage } from '@pith/kernel';
import type { TodoItem, View } from '../view.ts';
import { addCost, takeAgentEvent } from './agent-view.ts';
import { stopCall, takeCallEvent } from './call-view.ts';
import { closeOpen, growOpen, type NewItem, withItems, withStatus } from './change.ts';
import { toEndNotice } from './end-notice.ts';

type Event<Type extends TurnEvent['type']> = Extract<TurnEvent, { type: Type }>;

/** The view after one more event. Nothing of the view before is changed. */
export function takeEvent(given: View, event: TurnEvent): View {
  const view = given.room === undefined || event.type === 'compaction' ? given : sayRoom(given);
  if (event.parentRunId !== undefined) return takeNested(view, event);
  switch (event.type) {
    case 'session-start': return withStatus(view, { provider: event.provider, model: event.model, mode: event.mode, cwd: event.cwd });
    case 'turn-start': return withStatus({ ...view, agents: [] }, { phase: 'starting', sinceMs: event.atMs });
    case 'input-accepted': return takeInput(view, event);
    case 'context-ready': return withStatus(sayChanged(view), { contextTokens: event.tokens.system + event.tokens.tools + event.tokens.messages });
    case 'compaction': return takeRoom(view, event);
    case 'history-changed': return { ...view, changed: { ...event, before: view.changed?.before ?? event.before } };
    case 'model-changed': return say(withStatus(view, { provider: event.provider, model: event.model }), event.atMs, 'info', describeChange(event)!);
    case 'mode-changed': return withStatus(view, { mode: event.mode });
    case 'model-start': return event.purpose === 'turn' ? withStatus(view, { phase: 'waiting', retryAtMs: undefined, model: event.model, provider: event.provider }) : view;
    case 'thinking-delta': return withStatus(growOpen(view, 'thinking', event), { phase: 'thinking' });
    case 'text-delta': return withStatus(growOpen(view, 'text', event), { phase: 'answering' });
    case 'model-end': return takeReply(view, event);
    case 'tool-input-delta': case 'tool-call': case 'tool-start': case 'tool-progress': case 'tool-end': return takeCall(view, event);
    case 'retry': return event.waitMs === 0 ? view : say(withStatus(view, { phase: 'retrying', retryAtMs: event.atMs + event.waitMs }), event.atMs, 'warning', `Trying again in ${(event.waitMs / 1000).toFixed(1)} s: ${event.reason}`);
    case 'notice': return say(view, event.atMs, event.level, event.text);
    case 'turn-end': return takeEnd(view, event);
    default: return view;
  }
}

/** The text is there since it was typed; what is seen only now are the images that were attached. Of one that was mentioned the call tells that read it. */
function takeInput(view: View, { goesOn, text, atMs, message }: Event<'input-accepted'>): View {
  if (goesOn !== undefined) return say(view, atMs, 'info', `Goes on: ${text.split('\n', 1)[0] ?? ''}`);
  const images = message.content.filter((block) => block.type === 'image');
  if (images.length === 0) return view;
  const read = view.items.slice(view.items.findLastIndex(({ kind }) => kind === 'input') + 1).flatMap((item) => (item.kind === 'call' ? item.call.content : []));
  const isRead = ({ source }: ImageBlock): boolean => read.some((block) => block.type === 'image' && dataOf(block) === dataOf({ source }));
  return withItems(view, atMs, ...images.filter((image) => !isRead(image)).map((image): NewItem => ({ kind: 'image', image })));
}

function dataOf({ source }: Pick<ImageBlock, 'source'>): string {
  return source.kind === 'base64' ? source.data : source.url;
}

function say(view: View, atMs: number, level: 'info' | 'warning' | 'error', text: string): View {
  return withItems(closeOpen(view, atMs), atMs, { kind: 'notice', level, text });
}

/** Of what is further in, the agents know; the notices and the money are everybody's. */
function takeNested(view: View, event: TurnEvent): View {
  const { cwd } = view.status;
  const agents = takeAgentEvent(view.agents, event, cwd);
  const next = agents === view.agents ? view : { ...view, agents };
  switch (event.type) {
    case 'run-end': {
      const agent = agents.find(({ runId }) => runId === event.runId);
      const isTop = agent !== undefined && !agents.some(({ runId }) => runId === agent.parentRunId);
      return isTop ? withItems(closeOpen(next, event.atMs), event.atMs, { kind: 'agent', agent }) : next;
    }
    case 'model-end': return withStatus(next, { costMicroUsd: addCost(view.status.costMicroUsd, event.costMicroUsd) });
    case 'notice': return event.level === 'info' ? next : say(next, event.atMs, event.level, event.text);
    default: return next;
  }
}

/** The stages of one pass are one line. */
function takeRoom(view: View, event: RoomMade): View {
  const joined = view.room === undefined ? undefined : joinRoom(view.room, event);
  return { ...joined === undefined ? sayRoom(view) : view, room: joined ?? event };
}

/** Says what room was made, once something else is heard. */
function sayRoom(view: View): View {
  const { room } = view;
  return room === undefined ? view : say({ ...view, room: undefined }, room.atMs, 'info', describeChange(room)!);
}

/** Several changes in a row are one: from what was there first to what is there now. */
function sayChanged(view: View): View {
  const { changed } = view;
  return changed === undefined ? view : say({ ...view, changed: undefined }, changed.atMs, 'info', describeChange(changed)!);
}

function takeReply(view: View, event: Event<'model-end'>): View {
  const costMicroUsd = addCost(view.status.costMicroUsd, event.costMicroUsd);
  if (event.purpose !== 'turn') return withStatus(view, { costMicroUsd });
  const said = closeOpen(takeUnstreamed(view, event), event.atMs);
  // Where there was a stream, the refusal came as its text.
  const refusals = view.streamed > 0 ? [] : event.reply.blocks.flatMap((block): NewItem[] => (block.type === 'refusal' ? [{ kind: 'refusal', text: block.text }] : []));
  return withStatus({ ...withItems(said, event.atMs, ...refusals), streamed: 0 }, { costMicroUsd, ...event.usage === null ? {} : toUsage(event.usage) });
}

/** A provider that streams nothing, or wraps that answer by themselves, have said it all at the end. */
function takeUnstreamed(view: View, { reply, atMs }: Event<'model-end'>): View {
  if (view.streamed > 0) return view;
  const said = reply.blocks.flatMap((block): NewItem[] => {
    if (block.type === 'text' && block.text.trim() !== '') return [{ kind: 'text', text: block.text }];
    return block.type === 'thinking' && block.text.trim() !== '' ? [{ kind: 'thinking', text: block.text, durationMs: null }] : [];
  });
  return withItems(view, atMs, ...said);
}

function toUsage({ input, output, cacheRead = 0, cacheWrite = 0 }: Usage): Partial<View['status']> {
  const asked = input + cacheRead + cacheWrite;
  return { contextTokens: asked + output, cacheShare: asked === 0 ? undefined : cacheRead / asked };
}

function takeCall(view: View, event: Event<'tool-input-delta' | 'tool-call' | 'tool-start' | 'tool-progress' | 'tool-end'>): View {
  const { calls, ended } = takeCallEvent(view.calls, event, view.status.cwd);
  const closed = event.type === 'tool-progress' ? view : closeOpen(view, event.atMs);
  if (ended === undefined) return withStatus({ ...closed, calls }, { phase: event.type === 'tool-input-delta' ? 'writing' : 'running' });
  const todo = ended.tool === 'todo' && event.type === 'tool-end' && event.status === 'done' ? toTodo(event.details) : undefined;
  const next = { ...closed, calls, ...(todo === undefined ? {} : { todo }) };
  // Of an agent that ended well all is told by its own line.
  const isTold = ended.state === 'done' && view.agents.some(({ callId, durationMs }) => callId === ended.callId && durationMs !== null);
  return withStatus(isTold ? next : withItems(next, event.atMs, { kind: 'call', call: ended }), { phase: calls.length > 0 ? 'running' : 'waiting' });
}

/** The list as the tool gives it to programs. */
export function toTodo(details: unknown): readonly TodoItem[] | undefined {
  const items = (details as { items?: unknown } | undefined)?.items;
  if (!Array.isArray(items)) return undefined;
  return items.flatMap((item: { text?: unknown; status?: unknown } | null): TodoItem[] => {
    const { text, status } = item ?? {};
    return typeof text === 'string' && (status === 'open' || status === 'active' || status === 'done') ? [{ text, state: status }] : [];
  });
}

function takeEnd(view: View, event: Event<'turn-end'>): View {
  const { atMs, status, durationMs, costMicroUsd, result, steps } = event;
  const isAnswered = status === 'done' && steps === 0 && result !== null && result.trim() !== '';
  const said = closeOpen(isAnswered ? { ...view, changed: undefined } : sayChanged(view), atMs);
  const stopped = view.calls.map((call): NewItem => ({ kind: 'call', call: stopCall(call, 'interrupted', atMs) }));
  const answer: NewItem[] = isAnswered ? [{ kind: 'answer', text: result }] : [];
  const notice = toEndNotice(event, { goesOn: view.queue.length > 0 });
  const ended = withItems({ ...said, calls: [], agents: [], streamed: 0 }, atMs, ...stopped, ...answer, ...(notice === undefined ? [] : [notice]), { kind: 'end', status, durationMs, costMicroUsd });
  return withStatus(ended, { phase: 'idle', sinceMs: undefined, retryAtMs: undefined });
}
