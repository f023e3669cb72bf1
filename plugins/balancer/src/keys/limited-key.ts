import type { Pricing } from '@pith/kernel';
import type { Family } from '../account/account.ts';
import type { RequestRow } from '../books/row.ts';
import type { ClientKey, KeyAsked, KeyHold, KeyRefusal } from '../proxy/parts.ts';
import { resetAfter, toBudgetText, toDollars } from './budget.ts';
import { toBound, toPricedCall } from './cost-bound.ts';
import { matchesModel } from './key.ts';
import type { StoredKey } from './key-store.ts';
import type { Held, Short, Spending } from './spending.ts';

/** For a database that is away, or busy. */
const UNKNOWN_S = 5;

export interface KeySurroundings {
  spending: Spending;
  pricing: Pricing | undefined;
  providerOf: (row: Pick<RequestRow, 'accountId' | 'family'>) => string;
  providersOf: (family: Family) => readonly string[];
  now: () => number;
}

/** One client key, and what it may do now. */
export class LimitedKey implements ClientKey {
  readonly record: StoredKey;
  readonly accounts?: ReadonlySet<string>;
  readonly #around: KeySurroundings;

  constructor(record: StoredKey, around: KeySurroundings) {
    this.record = record;
    this.#around = around;
    if (record.accounts !== null) this.accounts = new Set(record.accounts);
  }

  get id(): string {
    return this.record.id;
  }

  whyNot(nowMs: number): string | undefined {
    const { name, pausedMs, expiresMs } = this.record;
    if (pausedMs !== null) return `The key ${name} is paused; whoever looks after the proxy resumes it with: pith proxy keys resume`;
    return expiresMs !== null && expiresMs <= nowMs ? `The key ${name} has expired on ${new Date(expiresMs).toISOString()}` : undefined;
  }

  refuse(model: string | null, asked: KeyAsked): KeyRefusal | undefined {
    const { name, models, budgets } = this.record;
    if (models === null && budgets.length === 0) return undefined;
    const limited = models === null ? 'a budget' : 'a list of models';
    if (asked.method === 'GET' && (asked.endpoint !== 'other' || MODEL_INFO.test(asked.path))) return undefined; // To look costs nothing.
    // What lies with a vendor's account, as files, batches and stored answers, belongs to all who use that account.
    if (asked.endpoint === 'other' && asked.method === 'GET') return forbid(`The key ${name} has ${limited}, and what is stored at this address may be of others; ask the addresses of messages, chat, responses, embeddings or models`);
    if (asked.endpoint === 'other') return forbid(`The key ${name} has ${limited}, and nobody could tell what a request to this address uses; ask the addresses of messages, chat, responses or embeddings`);
    if (asked.models.some((each) => each !== asked.models[0])) return { status: 400, message: `The request names two models, ${quote(asked.models[0]!)} and ${quote(asked.models.find((each) => each !== asked.models[0])!)}; name one` };
    if (model === null) return forbid(`The key ${name} has ${limited}, and the request names no model where it can be read; put the model first`);
    const why = asked.whyNotOneModel(model);
    if (why !== undefined) return forbid(`The key ${name} has ${limited}, and the request ${why}; name one model, in plain JSON`);
    if (models === null || matchesModel(model, models)) return undefined;
    return forbid(`The key ${name} may not ask for ${quote(model)}, only for ${models.join(', ')}`);
  }

  hold(model: string | null, asked: KeyAsked): KeyHold | KeyRefusal | undefined | Promise<KeyHold | KeyRefusal> {
    const { id, name, budgets } = this.record;
    if (asked.method === 'GET' || budgets.length === 0 || model === null || asked.endpoint === 'count-tokens') return undefined;
    const { spending, pricing } = this.#around;
    const bound = pricing === undefined ? null : toBound(pricing, { ...asked, model, providers: this.#around.providersOf(asked.family) });
    if (bound === null) return forbid(`The key ${name} has a budget, and the price of ${quote(model)} is not known; say it in the settings under plugins.pricing.prices, or ask for another model`);
    const held = spending.hold(id, budgets, bound);
    // Where the database is away nobody knows what others have spent; why it is, is said in its own place.
    return held instanceof Promise ? held.then((each) => this.#toHold(each, { model, bound }), () => this.#unknown()) : this.#toHold(held, { model, bound });
  }

  #unknown(): KeyRefusal {
    return { status: 503, message: `The budget of the key ${this.record.name} cannot be looked up at the moment; try again`, retryAfterS: UNKNOWN_S };
  }

  #toHold(held: Held | Short, { model, bound }: { model: string; bound: number }): KeyHold | KeyRefusal {
    if ('settle' in held) return { settle: (row) => held.settle(this.#spent(row, { model, bound })) };
    const { budget, leftMicroUsd } = held;
    const nowMs = this.#around.now();
    const resetMs = resetAfter(budget.per, nowMs);
    const message = `The key ${this.record.name} has a budget of ${toBudgetText(budget)}, of which ${toDollars(leftMicroUsd)} are left; this request may cost up to ${toDollars(bound)}`;
    if (resetMs === null) return forbid(`${message}. Ask for less, or for a key with a larger budget`);
    return { status: 429, message: `${message}. The budget is new at ${new Date(resetMs).toISOString()}`, retryAfterS: Math.max(1, Math.ceil((resetMs - nowMs) / 1000)) };
  }

  /** What a request has cost. Where nobody said that, what was set aside for it; where nothing was asked of a vendor, or refused by one, nothing. */
  #spent(row: RequestRow, { model, bound }: { model: string; bound: number }): number {
    if (row.end === 'refused' || row.attempts === 0 || (row.status !== null && row.status >= 400)) return 0;
    const { pricing, providerOf } = this.#around;
    const call = toPricedCall(row, { provider: providerOf(row), model });
    return row.costMicroUsd ?? (call === undefined ? undefined : pricing?.costMicroUsd(call)) ?? bound;
  }
}

const MODEL_INFO = /^\/v1\/models\/./;
const quote = (text: string): string => JSON.stringify(text.slice(0, 100));
const forbid = (message: string): KeyRefusal => ({ status: 403, message });
