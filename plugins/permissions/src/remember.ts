import type { TurnEvent } from '@pith/kernel';
import type { Judged } from './decide.ts';
import { covers } from './match.ts';
import { parseRule, type Rule } from './rule.ts';

/** What an answer would stand for: a rule, or the call as it is where no rule can say it. */
type Question = { rule: string } | { call: string };

interface SessionMemory {
  /** Rules that a person said yes to for this session. */
  rules: Rule[];
  /** Calls that no rule can describe, as they were. */
  calls: Set<string>;
  /** By run and call; `null` where two calls of one id make it unclear which was meant. */
  open: Map<string, Question | null>;
}

/** What a person answered for as long as a session lasts. A new session, or another generation of plugins, asks again. */
export class Memory {
  readonly #sessions = new Map<string, SessionMemory>();

  /** Keeps what an answer would stand for until the answer comes. */
  open(sessionId: string, judged: Judged): void {
    const { open } = this.#of(sessionId);
    const key = toKey(judged.call.runId, judged.call.id);
    open.set(key, open.has(key) ? null : toQuestion(judged));
  }

  /** What a person said yes to before, where it covers the whole call. */
  covering(sessionId: string, judged: Judged): { rule?: string } | undefined {
    const memory = this.#sessions.get(sessionId);
    if (memory === undefined) return undefined;
    if (memory.calls.has(fingerprint(judged))) return {};
    const { subjects, tool, at } = judged;
    const rules = subjects.map((subject) => memory.rules.find((rule) => covers({ rule, subject, tool, at }) !== undefined)?.text);
    return rules.includes(undefined) ? undefined : { rule: rules[0]! };
  }

  observe(event: TurnEvent): void {
    if (event.type === 'session-end') this.#sessions.delete(event.sessionId);
    const memory = this.#sessions.get(event.sessionId);
    if (memory === undefined) return;
    if (event.type === 'turn-end') memory.open.clear();
    if (event.type !== 'permission-decided') return;
    const key = toKey(event.runId, event.callId);
    const question = memory.open.get(key);
    // A call of the same id that is still to be answered stays unclear.
    if (question !== null) memory.open.delete(key);
    const { answer } = event;
    if (question && answer?.verdict === 'allow' && (answer.scope === 'session' || answer.scope === 'always')) {
      if ('call' in question) memory.calls.add(question.call);
      else memory.rules.push(parseRule(question.rule));
    }
  }

  #of(sessionId: string): SessionMemory {
    let memory = this.#sessions.get(sessionId);
    if (memory === undefined) {
      memory = { rules: [], calls: new Set(), open: new Map() };
      this.#sessions.set(sessionId, memory);
    }
    return memory;
  }
}

const toKey = (runId: string, callId: string): string => `${runId} ${callId}`;

function toQuestion(judged: Judged): Question {
  return judged.suggestion === undefined ? { call: fingerprint(judged) } : { rule: judged.suggestion };
}

/** The same tool on the same targets, in the same place. */
function fingerprint({ tool, call: { targets, input, cwd } }: Judged): string {
  return JSON.stringify([tool, cwd, targets.length > 0 ? targets : input]);
}
