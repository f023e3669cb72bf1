import type { Account } from '../account/account.ts';
import { nameProcess } from '../account/name-process.ts';
import type { Pool } from '../account/pool.ts';
import { WindowWatch } from '../account/windows.ts';
import type { Engine, Route, RouteFacts, Signal } from '../engine.ts';
import type { Decision } from '../limit/decide.ts';
import { ANSWERED } from '../limit/table.ts';
import { beginningOf, keyOf, RouteMemory } from '../strategy/memory.ts';
import { type Choice, STRATEGIES } from '../strategy/strategy.ts';
import type { Credentials } from '../token/credentials.ts';
import { type Block, blockOf, CIRCUIT_OPEN, lastLimit, probeLeaseMs } from './block.ts';
import { Breakers } from './breaker.ts';
import { serving, toAccountModel } from './model-name.ts';
import type { EngineOptions } from './options.ts';
import { Probes } from './probes.ts';
import { PoolRoute } from './route.ts';

export interface EngineParts {
  pool: Pick<Pool, 'accounts' | 'find' | 'note'>;
  credentials: Pick<Credentials, 'of' | 'renew'>;
  /** Asked for every request, so that a change holds from the next one on. */
  options: () => EngineOptions;
  /** Milliseconds since 1970. */
  now(): number;
  /** [0, 1) */
  random(): number;
}

/** Ids of accounts that a request does not go to again. */
type LeftOut = Pick<ReadonlySet<string>, 'has'>;

/** Names of models come from clients. */
const LISTS_MAX = 1000;
const TRIED_ELSEWHERE_MS = 1000;

/** Chooses accounts out of the pool, and tells the pool what answers have taught. */
export class PoolEngine implements Engine {
  readonly parts: EngineParts;
  readonly probes = new Probes();
  readonly memory = new RouteMemory();
  readonly #breakers = new Breakers();
  readonly #watch = new WindowWatch();
  readonly #by = nameProcess();
  /** The pool that the lists are of. */
  #seen: readonly Account[] = [];
  readonly #lists = new Map<string, readonly Account[]>();

  constructor(parts: EngineParts) {
    this.parts = parts;
  }

  route(facts: RouteFacts): Route {
    return new PoolRoute(this, facts);
  }

  peek(facts: RouteFacts): ReturnType<Engine['peek']> {
    const nowMs = this.parts.now();
    const order: { account: Account; reason: string; isAvailable: boolean }[] = [];
    const taken = new Set<string>();
    for (let choice = this.choose(facts, taken, nowMs); choice !== undefined; choice = this.choose(facts, taken, nowMs)) {
      order.push({ account: choice.account, reason: order.length === 0 ? choice.reason : 'failover', isAvailable: true });
      taken.add(choice.account.id);
    }
    const blocked = this.accountsOf(facts).filter(({ id }) => !taken.has(id)).map((account) => ({ account, block: this.blockOf(account, facts, nowMs)! }));
    blocked.sort((a, b) => (a.block.retryAtMs ?? Infinity) - (b.block.retryAtMs ?? Infinity));
    return [...order, ...blocked.map(({ account, block: { reason } }) => ({ account, reason, isAvailable: false }))];
  }

  /** Those that a request may go to, whatever state they are in, the oldest first. */
  accountsOf({ family, model, accounts }: RouteFacts): readonly Account[] {
    const all = this.parts.pool.accounts;
    if (accounts !== undefined) return serving(all.filter((account) => account.family === family && accounts.has(account.id)), model);
    if (all !== this.#seen) {
      this.#seen = all;
      this.#lists.clear();
      this.memory.keep(all);
    }
    const key = `${family} ${model}`;
    let list = this.#lists.get(key);
    if (list === undefined) {
      if (this.#lists.size >= LISTS_MAX) this.#lists.clear();
      this.#lists.set(key, list = serving(all.filter((account) => account.family === family), model));
    }
    return list;
  }

  /** The account for the next attempt: of those that can be asked, the smallest priority number comes first, then the strategy has its say. */
  choose(facts: RouteFacts, leftOut: LeftOut, nowMs: number): Choice | undefined {
    let best: Account[] = [];
    let priority = Infinity;
    for (const account of this.accountsOf(facts)) {
      if (account.priority > priority || leftOut.has(account.id) || this.blockOf(account, facts, nowMs) !== undefined) continue;
      if (account.priority < priority) {
        best = [];
        priority = account.priority;
      }
      best.push(account);
    }
    return best.length === 0 ? undefined : STRATEGIES[this.parts.options().strategy]({ accounts: best, facts, memory: this.memory, nowMs });
  }

  /** Why an account cannot take a request now. */
  blockOf(account: Account, { model, isBackground }: RouteFacts, nowMs: number): Block | undefined {
    const block = blockOf(account, model === null ? null : toAccountModel(account, model), nowMs);
    if (block !== undefined || probeLeaseMs(account, nowMs) === undefined) return block;
    const heldUntilMs = this.probes.heldUntil(account.id, nowMs);
    // Nobody waits for what runs in the background, so it is not what finds out whether a limit is over.
    return heldUntilMs === undefined && !isBackground ? undefined : { reason: 'one request is trying whether its limit is over', retryAtMs: Math.min(heldUntilMs ?? Infinity, nowMs + TRIED_ELSEWHERE_MS) };
  }

  isBlocked(account: Account, facts: RouteFacts, nowMs: number): boolean {
    return this.blockOf(account, facts, nowMs) !== undefined;
  }

  /** As it is by now. */
  latest(account: Account): Account {
    return this.parts.pool.find(account.id) ?? account;
  }

  /** A request goes out with this account. @returns whether it is the one that tries whether a limit is over */
  take(account: Account, facts: RouteFacts, route: object, nowMs: number): boolean {
    this.memory.take(account, nowMs);
    if (!facts.isBackground && this.parts.options().strategy === 'session') this.#settle(account, facts, nowMs);
    const leaseMs = account.state.kind === 'active' ? undefined : probeLeaseMs(account, nowMs);
    if (leaseMs !== undefined) this.probes.take(account.id, route, nowMs + leaseMs);
    return leaseMs !== undefined;
  }

  /** The conversation is at home with this account now, unless it only went there once because its own had failed it that time. */
  #settle(account: Account, facts: RouteFacts, nowMs: number): void {
    const key = keyOf(facts);
    if (key === undefined) return;
    const homeId = this.memory.homeOf(key, nowMs);
    if (homeId !== undefined && homeId !== account.id) {
      const home = this.accountsOf(facts).find(({ id }) => id === homeId);
      if (home !== undefined && home.priority <= account.priority && this.blockOf(home, facts, nowMs) === undefined) return;
    }
    const { sessionMs: homeMs } = this.parts.options();
    this.memory.settle(key, account.id, { nowMs, homeMs });
    const beginning = beginningOf(facts);
    if (beginning !== undefined) this.memory.settle(beginning, account.id, { nowMs, homeMs });
  }

  /** It has answered well. What was said of it is over, unless that holds still: then this answer was on its way before. */
  succeed(given: Account, model: string | null): void {
    const account = this.latest(given);
    const { pool, now } = this.parts;
    this.#breakers.succeed(account.id);
    if (account.state.kind === 'active' && !hasAny(account.coolingModels)) return;
    const nowMs = now();
    const limit = lastLimit(account);
    const about = { type: 'recovered', accountId: account.id, atMs: nowMs, by: this.#by, reason: 'answered' } as const;
    if (limit !== undefined && limit.untilMs <= nowMs) pool.note(about);
    if (model !== null && Object.hasOwn(account.coolingModels, model) && account.coolingModels[model]! <= nowMs) pool.note({ ...about, model });
  }

  /** It has not: what the table says of it holds from now on, for everybody. */
  learn(account: Account, { reason, status, bench, isFailure }: Decision, { requestId, isProbe }: { requestId: string; isProbe: boolean }): void {
    const nowMs = this.parts.now();
    if (reason === ANSWERED) this.#isAlive(account, nowMs);
    if (bench !== undefined) this.bench(account, { ...bench, reason, status, requestId });
    const openMs = isFailure ? this.#breakers.fail(account.id, isProbe) : undefined;
    if (openMs !== undefined) this.bench(account, { untilMs: nowMs + openMs, reason: CIRCUIT_OPEN, status, requestId });
  }

  /** Its server answers, if only that a request is none. Of limits that says nothing. */
  #isAlive(given: Account, nowMs: number): void {
    const account = this.latest(given);
    this.#breakers.succeed(account.id);
    const limit = lastLimit(account);
    if (limit?.reason === CIRCUIT_OPEN && limit.untilMs <= nowMs) this.parts.pool.note({ type: 'recovered', accountId: account.id, atMs: nowMs, by: this.#by, reason: 'answered' });
  }

  bench({ id: accountId }: Account, { status, ...limit }: { untilMs: number; model?: string; reason: string; status: number; requestId: string }): void {
    this.parts.pool.note({ type: 'limited', accountId, atMs: this.parts.now(), by: this.#by, status: status === 0 ? null : status, ...limit });
  }

  /** Windows that an answer tells of, soft words included. */
  see({ id }: Account, { status, headers }: Signal): void {
    if (status === null) return;
    const event = this.#watch.see(id, { headers, atMs: this.parts.now() });
    if (event !== undefined) this.parts.pool.note(event);
  }

  hasOther(facts: RouteFacts, leftOut: LeftOut, account: Account, nowMs: number): boolean {
    return this.accountsOf(facts).some((other) => other.id !== account.id && !leftOut.has(other.id) && !this.isBlocked(other, facts, nowMs));
  }

  /** Whether a request could go anywhere, without looking further. */
  isEmpty({ family, accounts }: RouteFacts): boolean {
    return !this.parts.pool.accounts.some((account) => account.family === family && (accounts?.has(account.id) ?? true));
  }
}

function hasAny(models: Readonly<Record<string, number>>): boolean {
  for (const _ in models) return true;
  return false;
}
