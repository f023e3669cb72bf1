import { toWord } from '../../account/shown.ts';
import { toTimeText } from '../../account/time-text.ts';
import { byRequests } from '../query/stats.ts';
import { cacheShare, share, type Sums } from '../query/sums.ts';
import { many, toCount, toDollars, toDuration, toErrorWords, toPercent } from '../show/words.ts';
import type { Facts } from './facts.ts';

/** Something that a person may want to do something about. */
export interface Finding {
  kind: 'slow-model' | 'failing-account' | 'low-cache' | 'cost' | 'agent-cost' | 'failover' | 'unusual' | 'busy' | 'refused' | 'truncated' | 'unknown-price' | 'uncounted';
  level: 'warning' | 'info';
  text: string;
  /** What may be done about it. */
  hint?: string;
}

/** Of fewer nothing is said: it may be chance. */
const REQUESTS_MIN = 10;
const FAILING_SHARE = 0.05;
/** Slow is what takes so many times as long as the others, and not less than that. */
const SLOW_TIMES = 3;
const SLOW_MS = 5000;
/** A cache counts where much goes in. */
const INPUT_MIN = 100_000;
const LOW_CACHE = 0.2;
const TRUNCATED_SHARE = 0.01;

/** What is to be said of the requests of a time: what to act on first, then what is good to know. */
export function findAll(facts: Facts, at: { nameOf: (id: string) => string; nowMs: number }): Finding[] {
  const findings = [...findRefused(facts), ...findFailing(facts, at), ...findTruncated(facts), ...findSlow(facts), ...findLowCache(facts), ...findUnusual(facts, at), ...findUncounted(facts), ...findUnknownPrices(facts), ...findFailover(facts), ...findCosts(facts)];
  return [...findings.filter(({ level }) => level === 'warning'), ...findings.filter(({ level }) => level === 'info')];
}

function findRefused({ ends }: Facts): Finding[] {
  return ends.refused === 0 ? [] : [{ kind: 'refused', level: 'warning', text: `pith refused ${many(ends.refused, 'request')} itself: no account could take ${ends.refused === 1 ? 'it' : 'them'}, or a client key did not allow ${ends.refused === 1 ? 'it' : 'them'}.`, hint: 'Why: pith requests --status error. How the accounts are: pith accounts list.' }];
}

function findFailing({ accounts, mostErrors }: Facts, { nameOf }: { nameOf: (id: string) => string }): Finding[] {
  return byRequests(accounts).flatMap(([id, { requests, ok }]): Finding[] => {
    const failed = requests - ok;
    if (requests < REQUESTS_MIN || failed / requests < FAILING_SHARE) return [];
    const most = mostErrors.get(id);
    const name = nameOf(id);
    return [{
      kind: 'failing-account', level: 'warning', text: `Account ${name} failed in ${toPercent(failed / requests)} of its ${many(requests, 'request')}${most === undefined ? '' : `, mostly with: ${toErrorWords(most.error)}`}.`,
      hint: `Its story: pith accounts explain ${toWord(name)}. To leave it out: pith accounts pause ${toWord(name)}.`,
    }];
  });
}

function findTruncated({ ends, total }: Facts): Finding[] {
  if (ends.truncated < REQUESTS_MIN || ends.truncated / total.requests < TRUNCATED_SHARE) return [];
  return [{ kind: 'truncated', level: 'warning', text: `${many(ends.truncated, 'answer')} broke off before the end, ${toPercent(ends.truncated / total.requests)} of all.`, hint: 'Mostly a proxy or a firewall between here and the vendor cuts streams that are long or silent. Which: pith requests --status error.' }];
}

function findSlow({ models, p95 }: Facts): Finding[] {
  const known = byRequests(models).filter(([, { requests }]) => requests >= REQUESTS_MIN);
  return known.flatMap(([model, sums]): Finding[] => {
    const others = known.filter(([name]) => name !== model);
    const [ms, count] = others.reduce(([sum, requests], [, each]) => [sum + each.durationMs, requests + each.requests], [0, 0]);
    const [average, usual] = [sums.durationMs / sums.requests, share(ms, count)];
    if (usual === null || average < SLOW_MS || average < usual * SLOW_TIMES) return [];
    const slowest = p95.get(model);
    return [{ kind: 'slow-model', level: 'warning', text: `${model} takes ${toDuration(average)} on average, other models ${toDuration(usual)}${slowest === undefined ? '' : `; 95 of 100 end within ${toDuration(slowest)}`}.`, hint: 'An agent that does not need it may have another model.' }];
  });
}

function findLowCache({ models }: Facts): Finding[] {
  return byRequests(models).flatMap(([model, sums]): Finding[] => {
    const input = sums.inputTokens + sums.cacheReadTokens + sums.cacheWriteTokens;
    const part = cacheShare(sums);
    if (sums.requests < REQUESTS_MIN || input < INPUT_MIN || part === null || part >= LOW_CACHE) return [];
    return [{ kind: 'low-cache', level: 'warning', text: `Of the ${toCount(input)} tokens that went into ${model}, ${part === 0 ? 'none' : `only ${toPercent(part)}`} came from the vendor’s cache, which costs a tenth.`, hint: 'A conversation should stay with one account (strategy session), and begin with the same text each time.' }];
  });
}

function findUnusual({ outliers, busiest }: Facts, { nowMs }: { nowMs: number }): Finding[] {
  return [
    ...busiest.map(({ conversation, agent, requests, atMs }): Finding => ({ kind: 'busy', level: 'warning', text: `Conversation ${conversation}${agent === null ? '' : ` of agent ${agent}`} made ${many(requests, 'request')} within ten minutes, from ${toTimeText(atMs, nowMs)} on: it may be going in circles.`, hint: 'Look at it, and give it a limit of steps or a budget.' })),
    ...outliers.map(({ id, model, tokens, averageTokens, costMicroUsd }): Finding => ({
      kind: 'unusual', level: 'warning', text: `Request ${id} had ${toCount(tokens)} tokens, where ${model} has ${toCount(averageTokens)} on average${costMicroUsd === null ? '' : `; it cost ${toDollars(costMicroUsd)} USD`}.`, hint: `Look at it: pith requests ${id}.`,
    })),
  ];
}

function findUncounted({ uncounted: { streams, model } }: Facts): Finding[] {
  if (streams === 0) return [];
  return [{
    kind: 'uncounted', level: 'warning', text: `${many(streams, 'stream')} said nothing of tokens${model === null ? '' : `, of ${model} for one`}: what they used and cost is not known.`,
    hint: 'Servers like OpenAI’s tell it only where the program asks: { "stream_options": { "include_usage": true } }.',
  }];
}

function findUnknownPrices({ models }: Facts): Finding[] {
  const unknown = byRequests(models).filter(([, { unknownCosts }]) => unknownCosts > 0);
  if (unknown.length === 0) return [];
  const requests = unknown.reduce((sum, [, { unknownCosts }]) => sum + unknownCosts, 0);
  return [{ kind: 'unknown-price', level: 'info', text: `The price of ${many(requests, 'request')} is not known, of ${unknown.slice(0, 3).map(([model]) => model).join(', ')}${unknown.length > 3 ? ` and ${unknown.length - 3} more` : ''}: sums of costs leave them out.`, hint: 'Set it in the settings, under plugins.pricing.prices.' }];
}

function findFailover({ durations: { once, more } }: Facts): Finding[] {
  if (more.requests === 0) return [];
  const extraMs = once.requests === 0 ? 0 : more.ms / more.requests - once.ms / once.requests;
  return [{ kind: 'failover', level: 'info', text: `${many(more.requests, 'request')} of ${toCount(once.requests + more.requests)} went well only at another attempt${extraMs > 0 ? `, and took ${toDuration(extraMs)} longer on average, ${toDuration(extraMs * more.requests)} in all` : ''}.` }];
}

function findCosts({ models, agents, total }: Facts): Finding[] {
  if (total.costMicroUsd === 0) return [];
  const dearest = [...models].sort(byCost)[0];
  const named = [...agents].filter(([agent]) => agent !== '').map(([agent, byModel]) => ({ agent, byModel, costMicroUsd: [...byModel.values()].reduce((sum, each) => sum + each.costMicroUsd, 0) })).sort((a, b) => b.costMicroUsd - a.costMicroUsd)[0];
  return [
    ...dearest === undefined ? [] : [{ kind: 'cost' as const, level: 'info' as const, text: `${dearest[0]} cost ${toDollars(dearest[1].costMicroUsd)} USD, ${toPercent(dearest[1].costMicroUsd / total.costMicroUsd)} of all.` }],
    ...named === undefined || named.costMicroUsd === 0 ? [] : [{ kind: 'agent-cost' as const, level: 'info' as const, text: `Agent ${named.agent} cost ${toDollars(named.costMicroUsd)} USD, mostly with ${[...named.byModel].sort(byCost)[0]![0] || 'models that are not known'}.` }],
  ];
}

function byCost([a, one]: [string, Sums], [b, other]: [string, Sums]): number {
  return other.costMicroUsd - one.costMicroUsd || (a < b ? -1 : 1);
}
