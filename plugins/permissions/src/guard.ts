import { homedir } from 'node:os';
import type { Opinion, PreparedCall, TurnEvent } from '@pith/kernel';
import { decide, toJudged } from './decide.ts';
import type { Policy } from './options.ts';
import { Memory } from './remember.ts';

/** Judges the calls of all sessions of one kernel, and keeps what their people answered. Loaded with the first call. */
export class Guard {
  readonly #policy: Policy;
  readonly #home: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #memory = new Memory();

  constructor(policy: Policy, env: Readonly<Record<string, string | undefined>>) {
    this.#policy = policy;
    this.#home = env['HOME'] ?? homedir();
    this.#env = env;
  }

  judge(call: PreparedCall, sessionId: string): Opinion | undefined {
    const judged = toJudged(call, this.#home);
    const opinion = decide(judged, {
      policy: this.#policy, env: this.#env, remembered: (question) => this.#memory.covering(sessionId, question),
    });
    if (opinion === undefined || opinion.verdict === 'ask' || opinion.verdict === 'none') this.#memory.open(sessionId, judged);
    return opinion;
  }

  observe(event: TurnEvent): void {
    this.#memory.observe(event);
  }
}
