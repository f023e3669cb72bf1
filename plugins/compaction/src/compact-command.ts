import type { Turn } from '@pith/kernel';
import { afterPass, breakRow } from './guard.ts';
import { type Measure, toCount, total } from './history.ts';
import { WINDOW_DEFAULT_TOKENS } from './limits.ts';
import { askForSummary, replace } from './make-room.ts';
import type { CompactionOptions } from './options.ts';
import { makeRoom, type StageName } from './pass.ts';
import { runState } from './state.ts';

const WHAT: Readonly<Record<StageName, string>> = {
  budget: 'long results cut', snip: 'old results left out', micro: 'repeated results left out', auto: 'older steps summed up', collapse: 'oldest steps left out',
};

/** Makes room now, however full the window is. @param focus what the summary is to keep before all */
export async function compact(focus: string, turn: Turn, options: CompactionOptions): Promise<string> {
  const state = runState(turn);
  const { messages } = turn;
  if (!messages.some(({ role }) => role === 'assistant')) return 'There is nothing to make room in yet.';
  const measure: Measure = (message) => turn.countTokens({ messages: [message] });
  const windowTokens = options.windowTokens ?? [...state.windows.values()].at(-1)?.tokens ?? WINDOW_DEFAULT_TOKENS;
  const overhead = turn.countTokens({ system: state.system ?? [], ...(state.tools === undefined ? {} : { tools: state.tools }) });
  const tokens = total(messages, measure);
  const goal = Math.min(windowTokens * options.target, tokens / 2 + overhead);
  const limit = windowTokens * options.threshold;
  let why = '';
  const passed = await makeRoom({ messages, measure, overhead, goal, limit: goal, most: windowTokens, keepSteps: options.keepSteps }, async (gone, limitTokens) => {
    const summary = await askForSummary(turn, { gone, limitTokens, focus: focus.trim(), options, state, measure, windowTokens });
    if (summary === undefined) why = ' There is no summary.';
    return summary;
  }, { always: true });
  if (passed.messages === messages) return `There is nothing to leave out: all of the about ${toCount(tokens, 'token')} that were said is new, short or yours.${why}`;
  breakRow(state.guard);
  afterPass(state.guard, { tokens: passed.tokens, limit, window: windowTokens });
  await replace(turn, { state, passed, before: messages, reason: '/compact' });
  const lines = passed.stages.map(({ stage, tokensBefore, tokensAfter, dropped }) => `  ${stage}: ${Math.round(tokensBefore)} → ${Math.round(tokensAfter)} (${WHAT[stage]}: ${dropped.length})`);
  return [`Made room: about ${Math.round(tokens + overhead)} → ${Math.round(passed.tokens)} tokens.${why} /undo takes it back.`, ...lines].join('\n');
}
