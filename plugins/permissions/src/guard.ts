import { homedir } from 'node:os';
import type { Opinion, PreparedCall, TurnEvent } from '@pith/kernel';
import { judgeParts, type Judgement, toJudged } from './judge.ts';
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

  async judge(call: PreparedCall, sessionId: string): Promise<Opinion | undefined> {
    const judged = await toJudged(call, this.#home);
    const judgement = judgeParts(judged, {
      policy: this.#policy, home: this.#home, env: this.#env, remembered: (question) => this.#memory.covering(sessionId, question),
    });
    const opinion = this.#toOpinion(judgement);
    if (opinion === undefined || opinion.verdict === 'ask' || opinion.verdict === 'none') this.#memory.open(sessionId, judged);
    return opinion;
  }

  /** Without a rule that allows there is none to miss. */
  #toOpinion({ verdict, reason, rule, source, suggestion }: Judgement): Opinion | undefined {
    if (verdict === 'none') return this.#policy.allow.length === 0 ? undefined : { verdict, reason };
    return { verdict, reason, ...(rule === null ? {} : { rule }), ...(source === undefined ? {} : { source }), ...(verdict === 'ask' && suggestion !== undefined ? { suggestion } : {}) };
  }

  observe(event: TurnEvent): void {
    this.#memory.observe(event);
  }
}
