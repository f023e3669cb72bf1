import { homedir } from 'node:os';
import { abstain, allow, type LocalSettings, type Opinion, type PreparedCall, type Turn, type TurnEvent } from '@pith/kernel';
import { type Grounds, type Judged, type Judgement, judgeParts, toJudged } from './judge.ts';
import { offerRules } from './answers/offer.ts';
import type { PermissionOptions } from './options.ts';
import type { Lasting, Memory } from './answers/remember.ts';
import { parseRule, type Rule } from './rules/rule.ts';

export interface GuardServices {
  memory: Memory;
  /** Asked for only where a person may be. Nothing where the host has none: then “always” is not offered. */
  local: () => Promise<LocalSettings | undefined>;
}

/** What was there when a call was judged, besides the call: a replay gets it from the recording. */
interface Known {
  /** What a person said yes to before. */
  covering: { rule?: string } | null;
  /** The project that a rule could be kept for. */
  project: string | null;
}

/** Judges the calls of all sessions of one kernel. Loaded with the first call. */
export class Guard {
  readonly #grounds: Grounds;
  readonly #forbidsBypass: boolean;
  readonly #services: GuardServices;

  constructor({ policy, forbidBypass }: PermissionOptions, env: Readonly<Record<string, string | undefined>>, services: GuardServices) {
    this.#grounds = { policy, home: env['HOME'] ?? homedir(), env };
    this.#forbidsBypass = forbidBypass !== undefined;
    this.#services = services;
  }

  async judge(asked: PreparedCall, turn: Turn): Promise<Opinion> {
    // Whoever has set the mode: a plugin may do so as well.
    const call: PreparedCall = this.#forbidsBypass && asked.mode === 'bypassPermissions' ? { ...asked, mode: 'default' } : asked;
    const judged = await toJudged(call, this.#grounds);
    const judgement = judgeParts(judged, this.#grounds);
    if (judgement.verdict === 'allow' || judgement.verdict === 'deny') return this.#toOpinion(judgement);
    const { covering, project } = await turn.recorded('answers', () => this.#know(judged, judgement, turn.sessionId));
    // What a person said yes to lifts ask rules and places, never a deny rule or mode `plan`.
    if (covering !== null) return allow('a person said yes for this session', covering);
    const always = project === null ? [] : offerRules(judged, judgement, this.#grounds).filter((rules) => project === call.cwd || !rules.some(isOfRoot));
    const { suggestion } = judgement;
    this.#services.memory.open(turn.sessionId, judged, { rule: suggestion, always });
    return { ...this.#toOpinion(judgement), ...(suggestion === undefined ? {} : { suggestion }), ...(always.length === 0 ? {} : { always }) };
  }

  async #know(judged: Judged, { open }: Judgement, sessionId: string): Promise<Known> {
    const { memory, local } = this.#services;
    const covering = memory.covering(sessionId, judged, open) ?? this.#byKept(judged, memory.kept(sessionId)) ?? null;
    if (covering !== null) return { covering, project: null };
    try {
      const found = await (await local())?.find(judged.call.cwd);
      return { covering, project: found === undefined || found.why !== undefined ? null : found.project };
    } catch {
      return { covering, project: null }; // Where nothing can be kept, the question has an answer less.
    }
  }

  #byKept(judged: Judged, kept: readonly Rule[]): { rule?: string } | undefined {
    if (kept.length === 0) return undefined;
    const { policy } = this.#grounds;
    const { verdict, rule } = judgeParts(judged, { ...this.#grounds, policy: { ...policy, allow: [...policy.allow, ...kept] } });
    return verdict !== 'allow' ? undefined : rule === null ? {} : { rule };
  }

  #toOpinion({ verdict, reason, rule, source }: Judgement): Opinion {
    const { policy } = this.#grounds;
    // Without a rule that allows there is none to miss.
    if (verdict === 'none') return abstain(policy.allow.length === 0 ? 'no rule allows it' : reason);
    const why = verdict === 'allow' ? undefined : policy[verdict].find((known) => known.text === rule && known.source === source)?.reason;
    return { verdict, reason: why === undefined ? reason : `${reason}: ${why}`, ...(rule === null ? {} : { rule }), ...(source === undefined ? {} : { source }) };
  }

  /** @returns a promise where an answer is to be kept for good */
  observe(event: TurnEvent): Promise<void> | undefined {
    const lasting = this.#services.memory.observe(event);
    return lasting && this.#keep(lasting);
  }

  async #keep({ cwd, rules }: Lasting): Promise<void> {
    await (await this.#services.local())?.allow(cwd, rules);
  }
}

/** Read from another folder of the project, such a rule would mean another file. */
function isOfRoot(rule: string): boolean {
  const { kind } = parseRule(rule);
  return kind === 'path';
}
