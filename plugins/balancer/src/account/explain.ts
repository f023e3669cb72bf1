import { toWords } from '../limit/words.ts';
import type { Account, AccountEvent, AccountState } from './account.ts';
import { PROBE_STREAK, stateAt } from './state.ts';
import { because, CREDENTIAL_WORDS, KIND_VERBS, toModelTexts, toShown, toStateText, toWindowTexts, toWord } from './shown.ts';
import { toTimeText, toUntilText } from './time-text.ts';

export interface Told { atMs: number; /** Of how many events alike, one behind the other, this is the last. */ times: number; by: string; text: string }

export interface AccountExplanation {
  account: string;
  id: string;
  state: AccountState;
  /** One sentence. */
  text: string;
  story: readonly Told[];
  /** What happened until then is gone, and only what it made of the account is kept; `null` where nothing is gone. */
  forgottenMs: number | null;
  /** What would make it another, a sentence each. */
  changes: readonly string[];
}

/** Why an account is where it is, from its events. @param events oldest first */
export function explain(account: Account, { events, forgottenMs, nowMs }: { events: readonly AccountEvent[]; forgottenMs: number | null; nowMs: number }): AccountExplanation {
  const { name, id, coolingModels, windows, state } = toShown(account, nowMs);
  const more = [...toModelTexts(coolingModels, nowMs), ...toWindowTexts(windows, nowMs)];
  return {
    account: name, id, state, text: [`${name} ${KIND_VERBS[state.kind]} ${toStateText(state, nowMs)}`.trimEnd(), ...more].join('; '),
    story: toStory(events, nowMs), forgottenMs, changes: toChanges(account, nowMs),
  };
}

/** What was said of windows alone is no story, nor that a refresh began which has ended; what came again and again is told once. */
function toStory(events: readonly AccountEvent[], nowMs: number): Told[] {
  const story: (Told & { key: string })[] = [];
  for (const event of events) {
    const { atMs, by, type } = event;
    if (type === 'windows') continue;
    const key = toKey(event);
    if ((type === 'refreshed' || type === 'refresh-failed') && story.at(-1)?.key === 'refresh-started') story.pop();
    const times = story.at(-1)?.key === key ? story.pop()!.times + 1 : 1;
    story.push({ atMs, times, by, text: toEventText(event, nowMs), key });
  }
  return story.map(({ atMs, times, by, text }) => ({ atMs, times, by, text }));
}

function toKey(event: AccountEvent): string {
  if (event.type === 'limited') return `limited ${event.status} ${event.reason} ${event.model}`;
  return event.type === 'recovered' || event.type === 'refresh-failed' ? `${event.type} ${event.reason}` : event.type;
}

/** As it goes on behind the name of the account. */
export function toEventText(event: AccountEvent, nowMs: number): string {
  switch (event.type) {
    case 'added': return `added: ${event.provider} at ${event.baseUrl}, paid by ${CREDENTIAL_WORDS[event.credential]}, priority ${event.priority}, tier ${event.tier}`;
    case 'removed': return 'removed';
    case 'changed': return `changed: ${toChangeText(event)}`;
    case 'paused': return `paused${because(event.reason)}`;
    case 'resumed': return 'resumed';
    case 'limited': return `${event.model === undefined ? 'limited' : `limited for ${event.model}`} until ${toTimeText(event.untilMs, nowMs)}${event.status === null ? '' : ` (${event.status})`}${because(toWords(event.reason))}${event.requestId === undefined ? '' : `, request ${event.requestId}`}`;
    case 'recovered': return `recovered${event.model === undefined ? '' : ` for ${event.model}`}${because(toWords(event.reason))}`;
    case 'windows': return 'answered';
    case 'refresh-started': return 'its token is being refreshed';
    case 'refreshed': return `its token is number ${event.tokenVersion}${event.expiresAtMs === null ? '' : `, until ${toTimeText(event.expiresAtMs, nowMs)}`}`;
    case 'refresh-failed': return `its token could not be refreshed${event.isFinal ? ', for good' : `, next try from ${toTimeText(event.retryAtMs, nowMs)} on`}${because(event.reason)}`;
  }
}

function toChangeText({ name, priority, tier, models, baseUrl }: Extract<AccountEvent, { type: 'changed' }>): string {
  return [
    name === undefined ? '' : `called ${name}`, priority === undefined ? '' : `priority ${priority}`, tier === undefined ? '' : tier === null ? 'tier by its limits' : `tier ${tier}`,
    models === undefined ? '' : 'its names of models', baseUrl === undefined ? '' : `address ${baseUrl}`,
  ].filter((word) => word !== '').join(', ');
}

function toChanges(account: Account, nowMs: number): string[] {
  const { state, behind = [] } = account;
  const holding = [state, ...behind].filter((each) => stateAt({ state: each }, nowMs).kind !== 'active');
  const changes = holding.flatMap((each, index) => (index === 0 ? toChange(each, account, nowMs) : toHiddenChange(each, account, nowMs)));
  if (Object.values(account.coolingModels).some((untilMs) => untilMs > nowMs)) changes.push(`Models that are cooling are back by themselves. All of them now: pith accounts resume ${toWord(account.name)} --now`);
  return changes.length > 0 ? changes : [`It takes requests. To keep them from it: pith accounts pause ${toWord(account.name)}`];
}

function toChange(state: AccountState, { name, streak }: Account, nowMs: number): string[] {
  switch (state.kind) {
    case 'active': return [];
    case 'paused': return [`It stays paused until you say: pith accounts resume ${toWord(name)}`];
    case 'cooling': {
      if (state.from === 'refresh') return [`Its token is tried again at ${toUntilText(state.untilMs, nowMs)}. To sign in anew: pith accounts reauth ${toWord(name)}`];
      const probed = (streak?.count ?? 0) >= PROBE_STREAK ? `, and then one request at a time tries it, since it was limited ${streak!.count} times in a row` : '';
      return [`It is back by itself at ${toUntilText(state.untilMs, nowMs)}${probed}. Now: pith accounts resume ${toWord(name)} --now`];
    }
    case 'refreshing': return ['Its token is being refreshed, which ends by itself.'];
    case 'needs-sign-in': return [`It needs a person: pith accounts reauth ${toWord(name)}`];
  }
}

/** Of a state that a stronger one hides. */
function toHiddenChange(state: AccountState, { name }: Account, nowMs: number): string[] {
  const ends = state.kind === 'cooling' && state.from === undefined ? `. To end that, too: pith accounts resume ${toWord(name)} --now` : state.kind === 'needs-sign-in' ? `: pith accounts reauth ${toWord(name)}` : '';
  return [`Behind that, it ${KIND_VERBS[state.kind]} ${toStateText(state, nowMs)}${ends}`];
}
