import type { TurnEvent } from '@pith/kernel';
import { type Judged, subjectWithin } from '../judge.ts';
import { covers } from '../rules/match.ts';
import { parseRule, type Rule } from '../rules/rule.ts';
import type { Subject } from '../subject.ts';

/** What an answer would stand for: the rule where the person was shown it, and otherwise the call as it is. */
interface Question {
  rule: string | undefined;
  call: string;
  cwd: string;
  shown: boolean;
  /** The rules that “always” was offered with. */
  always: readonly (readonly string[])[];
}

interface SessionMemory {
  /** Rules that a person said yes to for this session. They lift ask rules and places. */
  rules: Rule[];
  /** Rules that a person allowed for good: from the next start on they are rules as any other, so they are no more than that now. */
  kept: Rule[];
  /** Calls, as they were, that a person said yes to without having seen a rule. */
  calls: Set<string>;
  /** By run and call; `null` where two calls of one id make it unclear which was meant. */
  open: Map<string, Question | null>;
}

/** Rules to be kept for good, for the project of a folder. */
export interface Lasting { cwd: string; rules: readonly string[] }

/** What people answered, for as long as their session lasts. A service keeps it, so that plugins may be loaded anew meanwhile. */
export class Memory {
  readonly #sessions = new Map<string, SessionMemory>();

  /** Keeps what an answer would stand for until the answer comes. */
  open(sessionId: string, judged: Judged, { rule, always }: Pick<Question, 'rule' | 'always'>): void {
    const { open } = this.#of(sessionId);
    const { call: { runId, id, cwd } } = judged;
    const key = toKey(runId, id);
    open.set(key, open.has(key) ? null : { rule, call: fingerprint(judged), cwd, shown: false, always });
  }

  /** What a person said yes to before, where it covers the whole call, or all of it that is not allowed anyway. */
  covering(sessionId: string, judged: Judged, open: readonly Subject[]): { rule?: string } | undefined {
    const memory = this.#sessions.get(sessionId);
    if (memory === undefined) return undefined;
    if (memory.calls.has(fingerprint(judged))) return {};
    const { subjects, tool, at } = judged;
    const ruleFor = (subject: Subject | undefined): string | undefined => subject && (memory.rules.find((rule) => covers({ rule, subject, tool, at }) !== undefined)?.text ?? ruleFor(outerOf(subject)));
    const outerOf = (subject: Subject): Subject | undefined => {
      const within = subjectWithin(subject);
      return within && subjects.find((other) => other.kind === 'command' && other.command === within);
    };
    const rules = open.map(ruleFor);
    return rules.includes(undefined) ? undefined : { rule: rules[0]! };
  }

  /** What a person has allowed for good in this session. */
  kept(sessionId: string): readonly Rule[] {
    return this.#sessions.get(sessionId)?.kept ?? [];
  }

  /** @returns what is to be kept for good */
  observe(event: TurnEvent): Lasting | undefined {
    if (event.type === 'session-end') this.#sessions.delete(event.sessionId);
    const memory = this.#sessions.get(event.sessionId);
    if (memory === undefined) return undefined;
    if (event.type === 'turn-end') memory.open.clear();
    if (event.type !== 'permission-asked' && event.type !== 'permission-decided') return undefined;
    const key = toKey(event.runId, event.callId);
    const question = memory.open.get(key);
    // Of two calls with one id it is not clear which is spoken of: neither is remembered.
    if (!question) return undefined;
    if (event.type === 'permission-asked') {
      question.shown = question.rule !== undefined && event.question.rule === question.rule;
      // Where somebody else asks as well, it was not offered.
      if (event.question.always === undefined) question.always = [];
      return undefined;
    }
    memory.open.delete(key);
    const { answer } = event;
    if (answer?.verdict !== 'allow' || (answer.scope !== 'session' && answer.scope !== 'always')) return undefined;
    if (question.shown) memory.rules.push(parseRule(question.rule!));
    else memory.calls.add(question.call);
    if (answer.scope !== 'always') return undefined;
    const rules = question.always.find((choice) => choice.length === answer.rules?.length && choice.every((rule) => answer.rules!.includes(rule)));
    if (rules === undefined) return undefined;
    memory.kept.push(...rules.map((rule) => parseRule(rule)));
    return { cwd: question.cwd, rules };
  }

  #of(sessionId: string): SessionMemory {
    let memory = this.#sessions.get(sessionId);
    if (memory === undefined) {
      memory = { rules: [], kept: [], calls: new Set(), open: new Map() };
      this.#sessions.set(sessionId, memory);
    }
    return memory;
  }
}

const toKey = (runId: string, callId: string): string => `${runId} ${callId}`;

/** The same tool on the same targets, in the same place; where targets do not say what is touched, with the same input. */
function fingerprint({ tool, call: { targets, input, cwd } }: Judged): string {
  const isNamed = targets.length > 0 && targets.every(({ command, path, url, name }) => (command ?? path ?? url ?? name) !== undefined);
  return JSON.stringify([tool, cwd, targets, ...(isNamed ? [] : [input])]);
}
