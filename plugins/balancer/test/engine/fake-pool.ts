import type { Account, AccountEvent } from '../../src/account/account.ts';
import type { Pool } from '../../src/account/pool.ts';
import { reduce } from '../../src/account/reduce.ts';
import { PoolEngine } from '../../src/engine/pool-engine.ts';
import type { AllOut, Lease, RouteFacts, Signal } from '../../src/engine.ts';
import type { EngineOptions } from '../../src/engine/options.ts';
import type { Credential, Credentials } from '../../src/token/credentials.ts';

export const START_MS = Date.UTC(2026, 0, 1);

export function account(name: string, more: Partial<Account> = {}): Account {
  return {
    id: `id-${name}`, name, provider: 'anthropic', family: 'anthropic', credential: 'api-key', baseUrl: `https://${name}.example.test`, priority: 50, tier: 1, models: {},
    createdMs: START_MS, state: { kind: 'active' }, coolingModels: {}, windows: {}, lastUsedMs: null, version: 0, ...more,
  };
}

/** The pool without a database: the same reducer, events that hold at once. */
export class FakePool implements Pick<Pool, 'accounts' | 'find' | 'note'> {
  accounts: readonly Account[];
  readonly noted: AccountEvent[] = [];

  constructor(accounts: readonly Account[]) {
    this.accounts = accounts;
  }

  find(idOrName: string): Account | undefined {
    return this.accounts.find(({ id, name }) => id === idOrName || name === idOrName);
  }

  note(event: AccountEvent): void {
    this.noted.push(event);
    this.change(event);
  }

  change(event: AccountEvent): void {
    this.accounts = this.accounts.flatMap((each) => (each.id === event.accountId ? reduce(each, event) ?? [] : [each]));
  }

  pause(name: string): void {
    this.change({ type: 'paused', accountId: `id-${name}`, atMs: 0, by: 'test', reason: 'holiday' });
  }
}

/** Everything of an engine that a test may turn. */
export interface Ground {
  pool: FakePool;
  engine: PoolEngine;
  clock: { nowMs: number };
  options: EngineOptions;
  credentials: Pick<Credentials, 'of' | 'renew'> & { renewals: string[] };
}

export function ground(accounts: readonly (string | Account)[], credentials: Partial<Pick<Credentials, 'of' | 'renew'>> = {}, random: () => number = () => 0.5): Ground {
  const pool = new FakePool(accounts.map((each, index) => (typeof each === 'string' ? account(each, { createdMs: START_MS + index }) : each)));
  const clock = { nowMs: START_MS };
  const options: Ground['options'] = { strategy: 'session', sessionMs: 5 * 3_600_000 };
  const renewals: string[] = [];
  const held: Ground['credentials'] = {
    renewals,
    of: credentials.of ?? ((each): Credential => ({ headers: { 'x-api-key': `key of ${each.name}` } })),
    renew: (each, refused, signal) => {
      renewals.push(each.name);
      return credentials.renew?.(each, refused, signal) ?? Promise.resolve(false);
    },
  };
  const engine = new PoolEngine({ pool, credentials: held, options: () => options, now: () => clock.nowMs, random });
  return { pool, engine, clock, options, credentials: held };
}

let requests = 0;
export const facts = (more: Partial<RouteFacts> = {}): RouteFacts => ({ requestId: `r${++requests}`, family: 'anthropic', model: 'claude-test', isBackground: false, replayable: true, ...more });

/** An answer's head. */
export const answer = (status: number, headers: Record<string, string> = {}, more: Partial<Signal> = {}): Signal => ({ status, headers, phase: 'head', ...more });
export const lost = (phase: Signal['phase'], networkCode = 'ECONNRESET'): Signal => ({ status: null, headers: {}, phase, networkCode });

/** The lease that there must be. */
export async function leased(next: Lease | AllOut | Promise<Lease | AllOut>): Promise<Lease> {
  const got = await next;
  if ('kind' in got) throw new Error(`There was no account: ${JSON.stringify(got)}`);
  return got;
}

export async function allOut(next: Lease | AllOut | Promise<Lease | AllOut>): Promise<AllOut> {
  const got = await next;
  if (!('kind' in got)) throw new Error(`There was an account: ${got.account.name}`);
  return got;
}

/** One request that is answered so by each account, in turn. @returns whom it went to, and what was done last */
export async function send(held: Ground, answers: Readonly<Record<string, Signal>>, more: Partial<RouteFacts> = {}): Promise<{ asked: string[]; ended: string; out?: AllOut }> {
  const route = held.engine.route(facts(more));
  const asked: string[] = [];
  for (;;) {
    const lease = await route.next();
    if ('kind' in lease) return { asked, ended: 'all-out', out: lease };
    asked.push(lease.account.name);
    const action = route.report(answers[lease.account.name] ?? answer(200));
    if (action.kind === 'retry') held.clock.nowMs += action.waitMs;
    if (action.kind !== 'pass') continue;
    route.end();
    return { asked, ended: 'pass' };
  }
}
