import type { Account, Family } from '../../src/account/account.ts';
import type { Action, AllOut, Engine, Lease, Route, RouteFacts, Signal } from '../../src/engine.ts';

export interface FakeAccount { key: string; baseUrl: string; family?: Family; models?: Readonly<Record<string, string>>; bearer?: boolean }

export interface FakeEngine extends Engine {
  facts: RouteFacts[];
  signals: (Signal & { account: string })[];
  /** Routes that have not been ended. */
  open: number;
}

const BENCHING = new Set([401, 403, 429, 500, 502, 503, 504, 529]);

/** Takes the accounts in their order, and never again in one request the one that failed. */
export function fakeEngine(accounts: readonly FakeAccount[], { benchedMs = null }: { benchedMs?: number | null } = {}): FakeEngine {
  const made = accounts.map(toAccount);
  const engine: FakeEngine = {
    facts: [], signals: [], open: 0,
    route: (facts) => {
      engine.facts.push(facts);
      engine.open++;
      return new FakeRoute(engine, made.filter(({ account }) => account.family === facts.family && (facts.accounts?.has(account.id) ?? true)), { facts, benchedMs });
    },
    peek: () => [],
  };
  return engine;
}

function toAccount({ key, baseUrl, family = 'anthropic', models = {}, bearer = false }: FakeAccount): { account: Account; headers: Record<string, string> } {
  const account: Account = {
    id: `id-${key}`, name: key, provider: family, family, credential: bearer ? 'bearer' : 'api-key', baseUrl, priority: 0, tier: 1, models, createdMs: 0, state: { kind: 'active' },
    coolingModels: {}, windows: {}, lastUsedMs: null, version: 1,
  };
  return { account, headers: family === 'anthropic' && !bearer ? { 'x-api-key': key } : { authorization: `Bearer ${key}` } };
}

class FakeRoute implements Route {
  readonly #engine: FakeEngine;
  readonly #left: { account: Account; headers: Record<string, string> }[];
  readonly #options: { facts: RouteFacts; benchedMs: number | null };
  readonly #tried: string[] = [];
  #ended = false;

  constructor(engine: FakeEngine, left: { account: Account; headers: Record<string, string> }[], options: { facts: RouteFacts; benchedMs: number | null }) {
    this.#engine = engine;
    this.#left = left;
    this.#options = options;
  }

  next(): Lease | AllOut {
    const { facts, benchedMs } = this.#options;
    const next = this.#left[0];
    if (next === undefined) return { kind: 'all-out', retryAtMs: benchedMs, isEmpty: this.#tried.length === 0, reasons: this.#tried.map((account) => ({ account, reason: 'at its limit' })) };
    const { account, headers } = next;
    return { account, headers, model: facts.model === null ? null : account.models[facts.model] ?? facts.model, reason: this.#tried.length === 0 ? 'priority' : 'failover', attempt: this.#tried.length + 1 };
  }

  report(signal: Signal): Action {
    const { account } = this.#left[0]!;
    this.#engine.signals.push({ ...signal, account: account.name });
    const fails = signal.status === null || BENCHING.has(signal.status) || signal.errorType !== undefined;
    if (signal.phase === 'shown' || !fails || (signal.status === 400)) return { kind: 'pass' };
    this.#tried.push(account.name);
    this.#left.shift();
    return { kind: 'next', reason: signal.errorType ?? `status ${signal.status}` };
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#engine.open--;
  }
}
