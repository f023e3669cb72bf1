import type { Message } from '@pith/kernel';
import { type Measure, newestFrom, total } from './history.ts';
import { cutResults } from './stages/budget.ts';
import { collapse, foldAt, foldInto } from './stages/fold.ts';
import { dropRepeats } from './stages/micro.ts';
import type { Outcome } from './stages/rewrite.ts';
import { snipResults } from './stages/snip.ts';

export type StageName = 'budget' | 'snip' | 'micro' | 'auto' | 'collapse';

export interface StageReport { stage: StageName; tokensBefore: number; tokensAfter: number; dropped: readonly string[] }

export interface Pass {
  messages: readonly Message[];
  measure: Measure;
  /** Tokens of what stands before the messages: system prompt and tools. */
  overhead: number;
  /** Tokens of a request, all in all: down to which room is made; above which room is made; above which even what is newest is cut. */
  goal: number;
  limit: number;
  most: number;
  /** Above this it would not be taken, so not even the newest step stays; `most` where it is not given. */
  fits?: number;
  keepSteps: number;
}

/** What is summed up: everything before what stays. @returns nothing where there is no summary to be had */
export type Summarize = (gone: readonly Message[], limitTokens: number) => Promise<string | undefined>;

export interface Passed { messages: readonly Message[]; tokens: number; stages: readonly StageReport[] }

/** Share of the room that the newest steps may have and stay untouched, and that a summary may have. */
const NEWEST_SHARE = 0.5;
const SUMMARY_SHARE = 0.1;
const RESULT_SHARE = 0.1;
const RESULT_MAX_TOKENS = 2000;
const CHARACTERS_A_TOKEN = 4;
/** There is always room for something. */
const LEAST_SHARE = 0.2;

/**
 * Makes room: first what needs no model, then a summary where that was not enough, and then the oldest steps go whole.
 * @param always a summary is made whatever the first stages came to
 */
export async function makeRoom(pass: Pass, summarize: Summarize | undefined, { always = false } = {}): Promise<Passed> {
  const before = total(pass.messages, pass.measure);
  const room = { goal: toRoom(pass), measure: pass.measure };
  const lessened = lessen(pass, before);
  let state: Outcome = lessened.outcome;
  const stages = [...lessened.stages];
  const run = (stage: StageName, outcome: Outcome): void => {
    if (outcome.tokens < state.tokens) stages.push({ stage, tokensBefore: state.tokens + pass.overhead, tokensAfter: outcome.tokens + pass.overhead, dropped: outcome.dropped });
    state = outcome;
  };
  if (summarize !== undefined && (always || state.tokens > room.goal)) {
    const from = foldAt({ messages: state.messages, ...room }, always ? pass.keepSteps : undefined);
    // What is summed up is what was said, not what the stages before have left of it.
    const summary = from === undefined ? undefined : await summarize(pass.messages.slice(0, from), room.goal * SUMMARY_SHARE);
    if (from !== undefined && summary !== undefined) run('auto', foldInto({ ...state, ...room }, { from, summary }));
  }
  if (state.tokens > room.goal) run('collapse', collapse({ ...state, ...room }, pass.most - pass.overhead, (pass.fits ?? pass.most) - pass.overhead));
  return { messages: state.messages, tokens: state.tokens + pass.overhead, stages };
}

/** The stages that need no model. @param before tokens of the messages */
export function lessen(pass: Pass, before: number): { outcome: Outcome; stages: StageReport[] } {
  const { measure, overhead, keepSteps } = pass;
  const goal = toRoom(pass);
  const newest = newestFrom(pass.messages, { steps: keepSteps, tokens: goal * NEWEST_SHARE }, measure);
  const resultLimit = Math.floor(Math.min(RESULT_MAX_TOKENS, goal * RESULT_SHARE) * CHARACTERS_A_TOKEN);
  let outcome: Outcome = { messages: pass.messages, tokens: before, dropped: [] };
  const stages: StageReport[] = [];
  const run = (stage: StageName, work: typeof snipResults): void => {
    const next = work({ ...outcome, goal, newest, measure });
    if (next.tokens < outcome.tokens) stages.push({ stage, tokensBefore: outcome.tokens + overhead, tokensAfter: next.tokens + overhead, dropped: next.dropped });
    outcome = next;
  };
  run('budget', (ask) => cutResults(ask, resultLimit));
  run('snip', snipResults);
  run('micro', dropRepeats);
  return { outcome, stages };
}

/** What the messages may have of the goal. */
function toRoom({ goal, limit, overhead }: Pass): number {
  return Math.max(goal - overhead, (limit - overhead) / 2, limit * LEAST_SHARE);
}
