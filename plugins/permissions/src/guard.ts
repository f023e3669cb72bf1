import { homedir } from 'node:os';
import type { Opinion, PreparedCall, TurnEvent } from '@pith/kernel';
import { decide, toJudged } from './decide.ts';
import type { Policy } from './options.ts';
import { Memory } from './remember.ts';

/** Judges the calls of all sessions of one kernel, and keeps what their people answered. Loaded with the first call. */
export class Guard {
  readonly #policy: Policy;
  readonly #home: string;
  readonly #searchPath: string;
  readonly #memory = new Memory();

  constructor(policy: Policy, env: Readonly<Record<string, string | undefined>>) {
    this.#policy = policy;
    this.#home = env['HOME'] ?? homedir();
    this.#searchPath = env['PATH'] ?? '';
  }

  judge(call: PreparedCall, sessionId: string): Opinion | undefined {
    const judged = toJudged(call, this.#home);
    const opinion = decide(judged, {
      policy: this.#policy, searchPath: this.#searchPath, remembered: (question) => this.#memory.covering(sessionId, question),
    });
    if (opinion === undefined || opinion.verdict === 'ask' || opinion.verdict === 'none') this.#memory.open(sessionId, judged);
    return opinion;
  }

  observe(event: TurnEvent): void {
    this.#memory.observe(event);
  }
}
