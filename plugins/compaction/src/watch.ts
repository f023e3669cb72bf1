import type { ModelRequest, Turn } from '@pith/kernel';
import { afterUndo, isDue } from './guard.ts';
import { listedTokens, toWindow } from './limits.ts';
import type { CompactionOptions } from './options.ts';
import { type RunState, runState, type Window } from './state.ts';

/** Requests up to this are sent without a look into the model list, which takes a while to open: models whose window they fill say so themselves. */
const SHORT_TOKENS = 5600;

type Next = ModelRequest | undefined;

/** Looks at every request before it is made; nothing happens until the window is nearly full. */
export function watch(request: ModelRequest, turn: Turn, options: CompactionOptions): Next | Promise<Next> {
  const state = runState(turn);
  const tokens = turn.countTokens({ system: state.system ?? request.system, tools: request.tools, messages: request.messages });
  const window = state.windows.get(`${request.provider}/${request.model}`);
  if (window !== undefined) return decide({ request, turn, options, state, tokens, window });
  if (tokens <= SHORT_TOKENS && options.windowTokens === undefined && request.reason !== 'overflow') {
    state.guard.requests++;
    return undefined;
  }
  return findWindow(turn, request, options).then((found) => {
    state.windows.set(`${request.provider}/${request.model}`, found);
    return decide({ request, turn, options, state, tokens, window: found });
  });
}

export interface Due { request: ModelRequest; turn: Turn; options: CompactionOptions; state: RunState; tokens: number; window: Window }

function decide(due: Due): Next | Promise<Next> {
  const { request, state, tokens, window, options } = due;
  if (wasUndone(state, request)) afterUndo(state.guard, window.tokens);
  const isOver = isDue(state.guard, { tokens, limit: window.tokens * options.threshold, window: window.tokens });
  if (!isOver && request.reason !== 'overflow') return undefined;
  return import('./make-room.ts').then(({ makeRoomFor }) => makeRoomFor(due));
}

/** A person has taken a compaction back where the message that it changed is again what it was. */
function wasUndone(state: RunState, { messages }: ModelRequest): boolean {
  const { change } = state;
  if (change === undefined || messages[change.index] === change.after) return false;
  state.change = undefined;
  return messages[change.index] !== undefined && JSON.stringify(messages[change.index]) === change.before;
}

/** Asked once for a model; a replay gets what it was then. */
async function findWindow(turn: Turn, { provider, model }: ModelRequest, { windowTokens }: CompactionOptions): Promise<Window> {
  return toWindow(windowTokens ?? await turn.recorded(`window of ${provider}/${model}`, () => listedTokens({ provider, model }, () => turn.service('pricing'))));
}
