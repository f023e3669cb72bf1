import { isPithError, PithError, toMessage } from '@pith/kernel';
import type { Account } from '../account/account.ts';
import { nextStreak } from '../account/reduce.ts';
import type { Action, AllOut, Lease, Route, RouteFacts, Signal } from '../engine.ts';
import { decide, type Decision, REFUSED_MS } from '../limit/decide.ts';
import { isPlainAnswer } from '../limit/facts.ts';
import type { Choice } from '../strategy/strategy.ts';
import type { Credential } from '../token/credentials.ts';
import { lastLimit } from './block.ts';
import { toAccountModel } from './model-name.ts';
import type { PoolEngine } from './pool-engine.ts';

const PASS: Action = Object.freeze({ kind: 'pass' });
const NOBODY: ReadonlyMap<string, Tried> = new Map();

/** An account that this request does not go to again, and why. */
interface Tried { reason: string; retryAtMs: number | null }

/** One request on its way through the pool: each account once, and where it is more often, as often as the table says. */
export class PoolRoute implements Route {
  readonly #engine: PoolEngine;
  readonly #facts: RouteFacts;
  #tried: Map<string, Tried> | undefined;
  #lease: Lease | undefined;
  #isProbe = false;
  #attempts = 0;
  #triedHere = 0;
  /** Accounts whose token this request has had fetched anew. */
  #renewed: Set<string> | undefined;
  /** What the last report has left to do. */
  #then: { kind: 'again' | 'renew' | 'next'; reason: string } | undefined;

  constructor(engine: PoolEngine, facts: RouteFacts) {
    this.#engine = engine;
    this.#facts = facts;
  }

  next(signal?: AbortSignal): Lease | AllOut | Promise<Lease | AllOut> {
    signal?.throwIfAborted();
    if ((this.#facts.leftMicroUsd?.() ?? Infinity) <= 0) throw nothingLeft(this.#attempts);
    const then = this.#then;
    this.#then = undefined;
    if (then === undefined || then.kind === 'next' || this.#lease === undefined) return this.#choose(then === undefined ? undefined : `failover: ${then.reason}`, signal);
    const account = this.#engine.latest(this.#lease.account);
    if (then.kind === 'renew') return this.#renew(account, then.reason, signal);
    return this.#again(account, then.reason, signal);
  }

  report(signal: Signal): Action {
    const lease = this.#lease;
    if (lease === undefined) return PASS;
    const { account, model } = lease;
    this.#engine.see(account, signal);
    if (isPlainAnswer(signal)) {
      this.#engine.succeed(account, model);
      this.#letGo(account);
      return PASS;
    }
    const decision = this.#decide(signal, lease);
    this.#engine.learn(account, decision, { requestId: this.#facts.requestId, isProbe: this.#isProbe });
    const { action, reason, renews } = decision;
    if (action.kind === 'retry') {
      this.#then = { kind: renews ? 'renew' : 'again', reason };
      if (!renews) this.#triedHere++;
      return action;
    }
    this.#letGo(account);
    if (action.kind === 'next') {
      this.#then = { kind: 'next', reason };
      this.#leave(account, { reason: `${decision.status === 0 ? 'no answer' : decision.status}: ${reason}`, retryAtMs: null });
    }
    return action;
  }

  end(): void {
    this.#then = undefined;
    if (this.#lease !== undefined) this.#letGo(this.#lease.account);
  }

  #decide(signal: Signal, { account, model }: Lease): Decision {
    const { now, random } = this.#engine.parts;
    const nowMs = now();
    const latest = this.#engine.latest(account);
    const limit = lastLimit(latest);
    return decide(signal, {
      nowMs, model, triedHere: this.#triedHere, isRenewed: this.#renewed?.has(account.id) === true,
      // Requests that were under way together meet one limit, not one after the other.
      streak: limit !== undefined && limit.untilMs > nowMs ? Math.max(1, limit.streak) : nextStreak(latest, nowMs),
      isBackground: this.#facts.isBackground, replayable: this.#facts.replayable,
      hasOther: this.#engine.hasOther(this.#facts, this.#left, account, nowMs),
    }, random);
  }

  #choose(reason: string | undefined, signal: AbortSignal | undefined): Lease | AllOut | Promise<Lease | AllOut> {
    const engine = this.#engine;
    for (;;) {
      const nowMs = engine.parts.now();
      const choice = engine.choose(this.#facts, this.#left, nowMs);
      if (choice === undefined) return this.#allOut(nowMs);
      const made = this.#take(reason === undefined ? choice : { account: choice.account, reason }, signal);
      if (made !== undefined) return made;
    }
  }

  #again(account: Account, reason: string, signal: AbortSignal | undefined): Lease | AllOut | Promise<Lease | AllOut> {
    const isHeld = !this.#isProbe && this.#engine.isBlocked(account, this.#facts, this.#engine.parts.now());
    if (isHeld) this.#leave(account, { reason, retryAtMs: null });
    return (isHeld ? undefined : this.#take({ account, reason: `again: ${reason}` }, signal)) ?? this.#choose(`failover: ${reason}`, signal);
  }

  async #renew(account: Account, reason: string, signal: AbortSignal | undefined): Promise<Lease | AllOut> {
    const engine = this.#engine;
    const tokenVersion = this.#lease?.tokenVersion;
    (this.#renewed ??= new Set()).add(account.id);
    try {
      if (await engine.parts.credentials.renew(account, tokenVersion === undefined ? {} : { tokenVersion }, signal)) return await this.#again(engine.latest(account), reason, signal);
      if (!this.#facts.isBackground) engine.bench(account, { untilMs: engine.parts.now() + REFUSED_MS, reason, status: 401, requestId: this.#facts.requestId });
      this.#leave(account, { reason: `401: ${reason}`, retryAtMs: null });
    } catch (error) {
      this.#skip(account, error, signal);
    }
    this.#letGo(account);
    return this.#choose(`failover: ${reason}`, signal);
  }

  /** @returns nothing where the account has no credential to give */
  #take(choice: Choice, signal: AbortSignal | undefined): Lease | Promise<Lease | AllOut> | undefined {
    const { account } = choice;
    let credential: Credential | Promise<Credential>;
    try {
      credential = this.#engine.parts.credentials.of(account, signal);
    } catch (error) {
      this.#skip(account, error, signal);
      return undefined;
    }
    return credential instanceof Promise ? this.#takeLater(choice, credential, signal) : this.#toLease(choice, credential);
  }

  async #takeLater(choice: Choice, waiting: Promise<Credential>, signal: AbortSignal | undefined): Promise<Lease | AllOut> {
    const { account, reason } = choice;
    try {
      const credential = await waiting;
      const latest = this.#engine.latest(account);
      // Much can have happened meanwhile.
      if (this.#isProbe || !this.#engine.isBlocked(latest, this.#facts, this.#engine.parts.now())) return this.#toLease({ account: latest, reason }, credential);
    } catch (error) {
      this.#skip(account, error, signal);
    }
    return this.#choose(undefined, signal);
  }

  #toLease({ account, reason }: Choice, { headers, tokenVersion }: Credential): Lease {
    const { model } = this.#facts;
    const isAgain = this.#lease?.account.id === account.id;
    if (!isAgain || !this.#isProbe) this.#isProbe = this.#engine.take(account, this.#facts, this, this.#engine.parts.now());
    return this.#lease = {
      account, headers, model: model === null ? null : toAccountModel(account, model), reason: this.#isProbe && !isAgain ? 'probe' : reason, attempt: ++this.#attempts,
      ...(tokenVersion === undefined ? {} : { tokenVersion }),
    };
  }

  #skip(account: Account, error: unknown, signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw signal.reason;
    const retryAtMs = isPithError(error) ? error.details?.['retryAtMs'] : undefined;
    this.#leave(account, { reason: toMessage(error), retryAtMs: typeof retryAtMs === 'number' ? retryAtMs : null });
  }

  get #left(): ReadonlyMap<string, Tried> { return this.#tried ?? NOBODY; }

  #leave(account: Account, tried: Tried): void {
    (this.#tried ??= new Map()).set(account.id, tried);
  }

  #letGo(account: Account): void {
    if (!this.#isProbe) return;
    this.#isProbe = false;
    this.#engine.probes.release(account.id, this);
  }

  #allOut(nowMs: number): AllOut {
    const facts = this.#facts;
    let retryAtMs: number | null = null;
    const reasons = this.#engine.accountsOf(facts).map((account) => {
      const block = this.#engine.blockOf(account, facts, nowMs);
      const tried = this.#left.get(account.id);
      const backMs = block === undefined ? tried?.retryAtMs ?? null : block.retryAtMs;
      if (backMs !== null && (retryAtMs === null || backMs < retryAtMs)) retryAtMs = backMs;
      return { account: account.name, reason: tried?.reason ?? block?.reason ?? 'not available' };
    });
    return { kind: 'all-out', retryAtMs, reasons, isEmpty: this.#engine.isEmpty(facts) };
  }
}

function nothingLeft(attempts: number): PithError {
  return new PithError(`The turn has nothing left to spend, so no ${attempts === 0 ? 'account' : 'other account'} was asked`, { code: 'LIMIT_COST', hint: 'Allow more with --max-cost, or go on with: pith run --continue "go on"' });
}
