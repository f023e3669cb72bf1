import type { Account, AccountEvent, AccountState } from './account.ts';
import { modelUntilMs } from './state.ts';
import { tierOf } from './tier.ts';

/** So long without a limit, and the next one is the first of a new row. */
export const WELL_MS = 5 * 60_000;
/** Names of models come from clients. */
const COOLING_MODELS_MAX = 100;
const WINDOWS_MAX = 32;

/** The strongest first: what stands further in front hides what is behind it. */
const ORDER: readonly AccountState['kind'][] = ['paused', 'needs-sign-in', 'cooling', 'refreshing'];

type Event<Type extends AccountEvent['type']> = Extract<AccountEvent, { type: Type }>;

/**
 * What an account is after an event: the only place where that is decided. An event that is in it already changes nothing.
 * @returns nothing where there is no such account, or no longer
 */
export function reduce(account: Account | undefined, event: AccountEvent): Account | undefined {
  if (account === undefined) return event.type === 'added' ? create(event) : undefined;
  if (event.accountId !== account.id || (event.seq !== undefined && event.seq <= account.version)) return account;
  if (event.type === 'removed') return undefined;
  const changed = change(account, event);
  return event.seq === undefined ? changed : { ...changed, version: event.seq };
}

/** How many limits in a row one that comes now would be, for whoever decides how long it benches. What comes while the last one holds is the same. */
export function nextStreak({ streak }: Pick<Account, 'streak'>, atMs: number): number {
  if (streak === undefined || atMs - streak.wellSinceMs >= WELL_MS) return 1;
  return atMs < streak.wellSinceMs ? streak.count : streak.count + 1;
}

function create({ accountId: id, atMs, seq = 0, name, provider, family, credential, baseUrl, allowHost, priority, tier, models }: Event<'added'>): Account {
  return {
    id, name, provider, family, credential, baseUrl, priority, tier, models, createdMs: atMs, state: { kind: 'active' }, coolingModels: {}, windows: {}, lastUsedMs: null, version: seq,
    ...(allowHost === undefined ? {} : { allowHost }),
    // Of one that was added as the smallest nobody has said that it is.
    ...(tier === 1 ? {} : { isTierChosen: true as const }),
  };
}

function change(account: Account, event: Exclude<AccountEvent, { type: 'removed' }>): Account {
  switch (event.type) {
    case 'added': return account;
    case 'changed': return alter(account, event);
    case 'paused': return put(account, { kind: 'paused', sinceMs: find(account, 'paused')?.sinceMs ?? event.atMs, reason: event.reason });
    case 'resumed': return drop(account, ({ kind }) => kind === 'paused');
    case 'limited': return limit(used(account, event), event);
    case 'recovered': return recover(event.byPerson ? account : used(account, event), event);
    case 'windows': return learn(used(account, event), event);
    case 'refresh-started': return put(account, { kind: 'refreshing', sinceMs: event.atMs });
    case 'refreshed': return refresh(account, event);
    case 'refresh-failed': return failRefresh(account, event);
    default: return account; // A newer pith at the same database knows more.
  }
}

function alter(account: Account, { name, priority, tier, models, baseUrl }: Event<'changed'>): Account {
  const { isTierChosen, ...rest } = account;
  return {
    ...rest, name: name ?? account.name, priority: priority ?? account.priority, models: models ?? account.models, baseUrl: baseUrl ?? account.baseUrl,
    ...(tier === null ? { tier: tierOf(account.windows) ?? 1 } : tier === undefined ? (isTierChosen && { isTierChosen }) : { tier, isTierChosen: true }),
  };
}

function limit(account: Account, { atMs, untilMs, reason, status, model }: Event<'limited'>): Account {
  if (model !== undefined) return { ...account, coolingModels: coolModel(account, { model, untilMs, atMs }) };
  const held = find(account, 'cooling');
  const longer = held === undefined || untilMs > held.untilMs ? { untilMs, reason } : held;
  // A server that is overloaded says nothing of the account.
  const streak = status === null || status >= 500 ? account.streak : { count: nextStreak(account, atMs), wellSinceMs: Math.max(untilMs, account.streak?.wellSinceMs ?? 0) };
  const cooled = put(account, { kind: 'cooling', untilMs: longer.untilMs, reason: longer.reason, streak: streak?.count ?? 0 });
  return streak === undefined ? cooled : { ...cooled, streak };
}

function coolModel(account: Account, { model, untilMs, atMs }: { model: string; untilMs: number; atMs: number }): Account['coolingModels'] {
  const others = Object.entries(account.coolingModels).filter(([name, endMs]) => name !== model && endMs > atMs).sort((a, b) => b[1] - a[1]);
  return Object.fromEntries([[model, Math.max(untilMs, modelUntilMs(account, model))], ...others.slice(0, COOLING_MODELS_MAX - 1)]);
}

function recover(account: Account, { atMs, model, byPerson }: Event<'recovered'>): Account {
  if (model !== undefined) return { ...account, coolingModels: Object.fromEntries(Object.entries(account.coolingModels).filter(([name]) => name !== model)) };
  const { streak, ...well } = drop(account, ({ kind }) => kind === 'cooling');
  if (byPerson) return { ...well, coolingModels: {} };
  return streak === undefined ? well : { ...well, streak: { count: streak.count, wellSinceMs: Math.min(streak.wellSinceMs, atMs) } };
}

function learn(account: Account, { windows: news }: Event<'windows'>): Account {
  const windows = Object.fromEntries(Object.entries({ ...account.windows, ...news }).slice(-WINDOWS_MAX));
  return { ...account, windows, tier: account.isTierChosen ? account.tier : tierOf(windows) ?? account.tier };
}

/** A late word of an older token changes nothing. */
function refresh(account: Account, { tokenVersion: version, expiresAtMs }: Event<'refreshed'>): Account {
  if (version < (account.token?.version ?? 0)) return account;
  return { ...drop(account, (state) => state.kind === 'refreshing' || state.kind === 'needs-sign-in' || isOfRefresh(state)), token: { version, expiresAtMs } };
}

function failRefresh(account: Account, { atMs, reason, isFinal, retryAtMs, tokenVersion }: Event<'refresh-failed'>): Account {
  const rested = drop(account, ({ kind }) => kind === 'refreshing');
  if (tokenVersion !== undefined && tokenVersion < (account.token?.version ?? 0)) return rested;
  if (isFinal) return put(rested, { kind: 'needs-sign-in', sinceMs: find(account, 'needs-sign-in')?.sinceMs ?? atMs, reason });
  // The token at hand may serve for a while yet.
  const endMs = account.token?.expiresAtMs;
  return endMs === null || (endMs !== undefined && endMs > atMs) ? rested : put(rested, { kind: 'cooling', untilMs: retryAtMs, reason, streak: 0, from: 'refresh' });
}

function used(account: Account, { atMs }: AccountEvent): Account {
  return { ...account, lastUsedMs: Math.max(account.lastUsedMs ?? atMs, atMs) };
}

function find<Kind extends AccountState['kind']>(account: Account, kind: Kind): Extract<AccountState, { kind: Kind }> | undefined {
  return statesOf(account).find((state): state is Extract<AccountState, { kind: Kind }> => state.kind === kind && !isOfRefresh(state));
}

function put(account: Account, state: AccountState): Account {
  return withStates(account, [...statesOf(account).filter((other) => other.kind !== state.kind || isOfRefresh(other) !== isOfRefresh(state)), state]);
}

function drop(account: Account, isOver: (state: AccountState) => boolean): Account {
  return withStates(account, statesOf(account).filter((state) => !isOver(state)));
}

function statesOf({ state, behind = [] }: Account): AccountState[] {
  return state.kind === 'active' ? [...behind] : [state, ...behind];
}

function withStates(account: Account, states: readonly AccountState[]): Account {
  const { behind: _, ...rest } = account;
  const [state = { kind: 'active' as const }, ...behind] = [...states].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || endOf(b) - endOf(a));
  return behind.length === 0 ? { ...rest, state } : { ...rest, state, behind };
}

function isOfRefresh(state: AccountState): boolean {
  return state.kind === 'cooling' && state.from === 'refresh';
}

function endOf(state: AccountState): number {
  return state.kind === 'cooling' ? state.untilMs : 0;
}
