import type { TurnEvent } from '@pith/kernel';
import type { Judged } from './judge.ts';
import { covers } from './match.ts';
import { parseRule, type Rule } from './rule.ts';

/** What an answer would stand for: the rule where the person was shown it, and otherwise the call as it is. */
interface Question { rule: string | undefined; call: string; shown: boolean }

interface SessionMemory {
  /** Rules that a person said yes to for this session. */
  rules: Rule[];
  /** Calls, as they were, that a person said yes to without having seen a rule. */
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
    open.set(key, open.has(key) ? null : { rule: judged.suggestion, call: fingerprint(judged), shown: false });
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
    if (event.type !== 'permission-asked' && event.type !== 'permission-decided') return;
    const key = toKey(event.runId, event.callId);
    const question = memory.open.get(key);
    // Of two calls with one id it is not clear which is spoken of: neither is remembered.
    if (!question) return;
    if (event.type === 'permission-asked') {
      question.shown = question.rule !== undefined && event.question.rule === question.rule;
      return;
    }
    memory.open.delete(key);
    const { answer } = event;
    if (answer?.verdict !== 'allow' || (answer.scope !== 'session' && answer.scope !== 'always')) return;
    if (question.shown) memory.rules.push(parseRule(question.rule!));
    else memory.calls.add(question.call);
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

/** The same tool on the same targets, in the same place; where targets do not say what is touched, with the same input. */
function fingerprint({ tool, call: { targets, input, cwd } }: Judged): string {
  const isNamed = targets.length > 0 && targets.every(({ command, path, url, name }) => (command ?? path ?? url ?? name) !== undefined);
  return JSON.stringify([tool, cwd, targets, ...(isNamed ? [] : [input])]);
}
