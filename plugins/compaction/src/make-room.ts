import { EXIT, type Message, type ModelRequest, PithError, type Turn } from '@pith/kernel';
import { afterPass, beforePass } from './guard.ts';
import { isCall, type Measure, toCount, total } from './history.ts';
import type { CompactionOptions } from './options.ts';
import { makeRoom, type Pass, type Passed, type Summarize } from './pass.ts';
import { noticeOnce, type RunState, sessionState } from './state.ts';
import { findInstructions, type NoSummary, summarize } from './summary.ts';
import type { Due } from './watch.ts';

/** Share of the window above which even the newest results are cut: the rest is for the reply. */
const MOST = 0.9;
/** After so many failures no further summary is asked for by itself. */
const FAILURES_MAX = 3;
/** What a model that sums up may read, of the window. */
const RECORD_SHARE = 0.5;

/** A request whose history has been lessened, and is so from now on. @throws PithError CONTEXT_REFILLED */
export async function makeRoomFor({ request, turn, options, state, tokens, window }: Due): Promise<ModelRequest | undefined> {
  const isOverflow = request.reason === 'overflow';
  if (isOverflow) window.tokens = Math.min(window.tokens, tokens); // Whatever is known of the window: this was too long for it.
  const size = window.tokens;
  const go = beforePass(state.guard, lastCalls(request.messages));
  if (go === 'end') throw refilled(size, state.guard.inARow);
  if (!window.isKnown) noticeOnce(turn, { level: 'info', text: `How much fits into the window of ${request.provider}/${request.model} is not known; ${toCount(size, 'token')} are assumed. Set plugins.compaction.windowTokens to what it takes.` });
  const measure: Measure = (message) => turn.countTokens({ messages: [message] });
  const goal = isOverflow ? Math.min(size * options.target, tokens / 2) : size * options.target;
  const pass: Pass = {
    messages: request.messages, measure, overhead: Math.max(0, tokens - total(request.messages, measure)), goal,
    limit: isOverflow ? goal : size * options.threshold, most: isOverflow ? goal : size * MOST, fits: size * MOST, keepSteps: options.keepSteps,
  };
  const mayAsk = go === 'go' && sessionState(turn).summaryFailures < FAILURES_MAX;
  if (go === 'no-summary') noticeOnce(turn, { level: 'warning', text: 'The window fills up again right after room was made; from here on that is done without summaries, which cost something.' });
  const passed = await makeRoom(pass, mayAsk ? (gone, limitTokens) => askForSummary(turn, { gone, limitTokens, focus: '', options, state, measure, windowTokens: size }) : undefined);
  const isHelp = afterPass(state.guard, { tokens: passed.tokens, limit: size * options.threshold, window: size });
  if (!isHelp) noticeOnce(turn, { level: 'warning', text: `What has to stay in the prompt fills more than ${Math.round(options.threshold * 100)} % of the window of ${toCount(size, 'token')}, and there is nothing more to leave out. Go on in a new session, or with a model that takes more.` });
  if (passed.messages === request.messages) return undefined;
  await replace(turn, { state, passed, before: request.messages, reason: isOverflow ? 'the request was too long' : 'the window fills up' });
  return { ...request, messages: turn.messages };
}

export interface Asked { gone: readonly Message[]; limitTokens: number; focus: string; options: CompactionOptions; state: RunState; measure: Measure; windowTokens: number }

/** One summary; a failure is said and counted. */
export async function askForSummary(turn: Turn, { gone, limitTokens, focus, options, state, measure, windowTokens }: Asked): ReturnType<Summarize> {
  const session = sessionState(turn);
  const texts = [...(state.system ?? []).map(({ text }) => text), ...gone.flatMap(({ content }) => content.flatMap((block) => (block.type === 'text' && block.label?.pinned === true ? [block.text] : [])))];
  const summary = await chosenModel(turn, options.summaryModel).then(
    (model) => summarize(turn, { gone, limitTokens, recordTokens: windowTokens * RECORD_SHARE, focus, instructions: findInstructions(texts), model, timeoutMs: options.summaryTimeoutMs }, measure),
    (error: PithError): NoSummary => ({ why: error.message }),
  );
  if (typeof summary === 'string') {
    session.summaryFailures = 0;
    return summary;
  }
  if (summary.isPreview === true) return undefined;
  session.summaryFailures++;
  const isLast = session.summaryFailures === FAILURES_MAX;
  turn.emit({ type: 'notice', level: 'warning', text: `There is no summary of what was left out: ${summary.why}.${isLast ? ` That was so ${FAILURES_MAX} times, so none is asked for by itself any more; /compact does.` : ''}` });
  return undefined;
}

async function chosenModel(turn: Turn, model: string | undefined): Promise<{ provider?: string; model?: string }> {
  return model === undefined ? {} : turn.chooseModel({ model });
}

/** Puts the new history in the place of the old one, and says of each stage what it did. */
export async function replace(turn: Turn, { state, passed, before, reason }: { state: RunState; passed: Passed; before: readonly Message[]; reason: string }): Promise<void> {
  await turn.setHistory(passed.messages, { reason });
  const after = turn.messages;
  const index = before.findIndex((message, at) => message !== after[at]);
  state.change = index < 0 ? undefined : { index, before: JSON.stringify(before[index]), after: after[index] };
  for (const { dropped, ...report } of passed.stages) turn.emit({ type: 'compaction', ...report, tokensBefore: Math.round(report.tokensBefore), tokensAfter: Math.round(report.tokensAfter), dropped: toList(dropped) });
}

const LISTED_MAX = 50;

/** Each thing once, and not too many of them. */
function toList(dropped: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const what of dropped) counts.set(what, (counts.get(what) ?? 0) + 1);
  const list = [...counts].map(([what, count]) => (count === 1 ? what : `${what} (${count} times)`));
  return list.length <= LISTED_MAX ? list : [...list.slice(0, LISTED_MAX), `and ${list.length - LISTED_MAX} more`];
}

/** The calls of the newest reply, as they tell whether work gets on. */
function lastCalls(messages: readonly Message[]): string {
  const calls = messages.findLast(({ role }) => role === 'assistant')?.content.filter(isCall) ?? [];
  return calls.map(({ name, input }) => `${name} ${JSON.stringify(input)}`).join('\n');
}

function refilled(windowTokens: number, times: number): PithError {
  return new PithError(`The window of ${toCount(windowTokens, 'token')} filled up right after room was made, ${times} times in a row`, {
    code: 'CONTEXT_REFILLED', exitCode: EXIT.limit, hint: 'What each step brings is too much for this model: ask for smaller pieces, or take a model with a larger window.',
  });
}
