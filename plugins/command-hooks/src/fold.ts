import { escapeControl } from '@pith/kernel';
import { nameOf, sourceOf } from './handler.ts';
import { type FailureRule } from './options.ts';
import type { HookVerdict, Outcome } from './outcome.ts';

/** Strictest last. */
const STRICTNESS: readonly HookVerdict[] = ['allow', 'ask', 'defer', 'deny'];

/** What all hooks of one event came to. */
export interface Folded {
  verdict?: HookVerdict;
  /** Of the strictest, in the order of the files. */
  reason: string;
  /** File and place of the first of them. */
  source?: string;
  /** Hooks that could not say, and must be able to. */
  failed: readonly string[];
  /** Reasons of those that block, in the order of the files; nothing where none does. */
  block?: string;
  stop?: string;
  contexts: readonly string[];
}

/** deny, then defer, ask, allow; reasons and texts in the order of the files, whatever ended first. */
export function foldOutcomes(outcomes: readonly Outcome[], ruleOf: (outcome: Outcome) => FailureRule): Folded {
  const strictness = Math.max(-1, ...outcomes.map(({ verdict }) => (verdict === undefined ? -1 : STRICTNESS.indexOf(verdict))));
  const verdict = STRICTNESS[strictness];
  const deciding = outcomes.filter((outcome) => verdict !== undefined && outcome.verdict === verdict);
  const blocking = outcomes.filter(({ block }) => block !== undefined);
  const stopping = outcomes.find(({ stop }) => stop !== undefined);
  const first = deciding[0] ?? blocking[0];
  return {
    ...(verdict === undefined ? {} : { verdict }),
    reason: join(deciding.map(({ reason }) => reason)) || 'it gave no reason',
    ...(first === undefined ? {} : { source: sourceOf(first.handler) }),
    failed: outcomes.filter((outcome) => outcome.failure !== undefined && ruleOf(outcome) === 'closed').map(({ handler, failure }) => `${nameOf(handler)} failed: ${failure}`),
    ...(blocking.length === 0 ? {} : { block: join(blocking.map(({ block }) => block)) || 'it gave no reason' }),
    ...(stopping === undefined ? {} : { stop: escapeControl(stopping.stop!, { lines: true }) }),
    contexts: outcomes.flatMap(({ context }) => (context === undefined ? [] : [context])),
  };
}

/** The same reason twice says nothing more. */
function join(texts: readonly (string | undefined)[]): string {
  return [...new Set(texts.filter((text) => text !== undefined && text !== ''))].map((text) => escapeControl(text!, { lines: true })).join('\n');
}
