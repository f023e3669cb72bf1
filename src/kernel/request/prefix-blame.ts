import type { ModelRequest, SystemSection, ToolSpec } from '../message.ts';
import { hashOf, type RequestFacts, type RequestPart, toFacts } from './part-digest.ts';
import { firstDifference, HEAD, type Prefix, requestOf, type Stage } from './prefix.ts';

/** Who changed what had been sent before, and what it was, in words. */
export interface Blame { plugin: string; tap?: string; change: string }

/** Who made the kernel's own request another one: of the history, and of the model. */
export interface Changers { history: { plugin: string; reason: string } | undefined; model: { plugin: string } | undefined }

/**
 * Who broke the prefix. In front of the messages that is the first tap that made something else of the request than before; of the
 * messages, the tap that took out the first part that is not what it was, put something in front of it, or said something else in its
 * place. Where no tap did, it is whoever the part belongs to, or who changed the history or the model.
 */
export function blamePrefix(before: Prefix, now: Prefix, { history, model }: Changers): Blame {
  const place = firstDifference(before, now);
  const [then, request] = [requestOf(before), requestOf(now)];
  const [lost, gained] = [before.parts[place], now.parts[place]];
  if (place < HEAD + Math.max(then.system.length, request.system.length)) {
    const view = viewOf(place, [lost, gained].some(isFree));
    const { stage, old, fresh } = firstToDiffer(before, now, view) ?? { stage: undefined, old: then, fresh: request };
    const { change, owner = 'kernel' } = view.describe(old, fresh);
    return toBlame(stage, change) ?? { plugin: place === 0 ? model?.plugin ?? 'kernel' : owner, change };
  }
  const change = describeMessages(then, request, { at: place - HEAD - then.system.length, lost, gained });
  const own = history === undefined ? { plugin: 'kernel', change } : { plugin: history.plugin, change: `the history was changed: ${history.reason}` };
  return toBlame(followMessage(before, now, { lost, gained }), change) ?? own;
}

/** Of a request whose prefix was kept: who would have broken it, had not a later tap put tools or sections back in order. */
export function findMended(before: Prefix, now: Prefix): Blame | undefined {
  for (const view of [viewOf(1, false), viewOf(HEAD, false)]) {
    const turned = firstToDiffer(before, now, view);
    const blame = turned === undefined ? undefined : toBlame(turned.stage, view.describe(turned.old, turned.fresh).change);
    if (blame !== undefined) return blame;
  }
  return undefined;
}

/** Nothing where no tap did it. */
function toBlame(stage: Stage | undefined, change: string): Blame | undefined {
  if (stage === undefined || stage.plugin === 'kernel') return undefined;
  return { plugin: stage.plugin, ...(stage.tap === undefined ? {} : { tap: stage.tap }), change };
}

/** What is compared of requests, and how a difference is said. */
interface View { of(request: ModelRequest): string; describe(then: ModelRequest, now: ModelRequest): { change: string; owner?: string } }

/** The facts, the tools, or the sections; what may change only where it is at fault. */
function viewOf(place: number, withFree: boolean): View {
  if (place === 0) return { of: (request) => hashOf(toFacts(request)), describe: (then, now) => ({ change: describeFacts(toFacts(then), toFacts(now)) }) };
  if (place === 1) return { of: ({ tools }) => hashOf(tools), describe: (then, now) => describeTools(then.tools, now.tools) };
  const seen = ({ system }: ModelRequest): readonly SystemSection[] => (withFree ? system : system.filter((section) => !isFree(section)));
  return { of: (request) => seen(request).map(hashOf).join(' '), describe: (then, now) => describeSections(seen(then), seen(now)) };
}

function isFree(part: RequestPart | undefined): boolean {
  return part !== undefined && 'stability' in part && part.stability === 'volatile';
}

/**
 * Tap by tap, what was made of the request then and now: the first that made something else. One that did nothing has handed
 * on what it got.
 */
function firstToDiffer(before: Prefix, now: Prefix, view: View): { stage: Stage; old: ModelRequest; fresh: ModelRequest } | undefined {
  const at = ({ plugin, tap }: Stage): string => `${plugin} ${tap}`;
  const [then, since] = [new Map(before.stages.map((stage) => [at(stage), stage])), new Map(now.stages.map((stage) => [at(stage), stage]))];
  let [old, fresh] = [requestOf(before), requestOf(now)];
  for (const key of inOrder(before.stages.map(at), now.stages.map(at))) {
    old = then.get(key)?.request ?? old;
    fresh = since.get(key)?.request ?? fresh;
    if (view.of(old) !== view.of(fresh)) return { stage: (since.get(key) ?? then.get(key))!, old, fresh };
  }
  return undefined;
}

/** Both lists are in running order, each with some left out. */
function inOrder(a: readonly string[], b: readonly string[]): string[] {
  const keys: string[] = [];
  let from = 0;
  for (const key of b) {
    const end = a.indexOf(key, from);
    if (end < 0 && a.includes(key)) continue;
    if (end >= 0) keys.push(...a.slice(from, end));
    from = Math.max(from, end + 1);
    keys.push(key);
  }
  return [...keys, ...a.slice(from)];
}

function followMessage(before: Prefix, now: Prefix, { lost, gained }: { lost: RequestPart | undefined; gained: RequestPart | undefined }): Stage | undefined {
  const lostBy = lost === undefined ? now.stages.length - 1 : lastWith(now.stages, lost);
  if (gained !== undefined && lostBy === now.stages.length - 1) {
    const hiddenBy = lastWith(before.stages, gained);
    // It was left out of the request before, and is there again.
    return hiddenBy >= 0 && hiddenBy < before.stages.length - 1 ? before.stages[hiddenBy + 1] : firstWith(now.stages, gained);
  }
  return lostBy >= 0 ? now.stages[lostBy + 1] : firstWith(before.stages, lost!);
}

/** The last stage that holds the part; -1 is none. */
function lastWith(stages: readonly Stage[], part: RequestPart): number {
  const hash = hashOf(part);
  return stages.findLastIndex(({ request }) => request.messages.some((other) => hashOf(other) === hash));
}

function firstWith(stages: readonly Stage[], part: RequestPart): Stage | undefined {
  const hash = hashOf(part);
  return stages.find(({ request }) => request.messages.some((other) => hashOf(other) === hash));
}

function describeMessages(then: ModelRequest, now: ModelRequest, { at, lost, gained }: { at: number; lost: RequestPart | undefined; gained: RequestPart | undefined }): string {
  const has = (request: ModelRequest, part: RequestPart | undefined): boolean => part !== undefined && request.messages.some((message) => hashOf(message) === hashOf(part));
  const name = `message ${at + 1} of ${then.messages.length}`;
  if (has(now, lost)) return `something was put in front of ${name}`;
  return gained === undefined || has(then, gained) ? `${name} was left out` : `${name} was rewritten`;
}

const FACT_NAMES: Readonly<Record<string, string>> = { effort: 'the effort', thinkingTokens: 'thinking', toolChoice: 'the choice of tools', schema: 'the schema of the answer', body: 'what is merged into the request' };

function describeFacts({ facts: then }: RequestFacts, { facts: now }: RequestFacts): string {
  if (then['model'] !== now['model'] || then['provider'] !== now['provider']) return `another model: ${String(then['provider'])}/${String(then['model'])}, then ${String(now['provider'])}/${String(now['model'])}`;
  const changed = Object.keys(FACT_NAMES).filter((key) => JSON.stringify(then[key]) !== JSON.stringify(now[key]));
  return `options of the request: ${changed.map((key) => FACT_NAMES[key]).join(', ')}`;
}

function describeTools(then: readonly ToolSpec[], now: readonly ToolSpec[]): { change: string; owner?: string } {
  const [before, after] = [byName(then), byName(now)];
  const owned = (change: string, { owner }: ToolSpec): { change: string; owner: string } => ({ change, owner });
  const gone = then.find(({ name }) => !after.has(name));
  if (gone !== undefined) return owned(`tool ${gone.name} went`, gone);
  const other = now.find((tool) => before.has(tool.name) && hashOf([tool]) !== hashOf([before.get(tool.name)!]));
  if (other !== undefined) return owned(`tool ${other.name} is described in other words`, other);
  const added = now.find(({ name }) => !before.has(name));
  return added === undefined ? { change: 'the tools stand in another order' } : owned(`tool ${added.name} came`, added);
}

const byName = (tools: readonly ToolSpec[]): Map<string, ToolSpec> => new Map(tools.map((tool) => [tool.name, tool]));

function describeSections(then: readonly SystemSection[], now: readonly SystemSection[]): { change: string; owner?: string } {
  const same = (list: readonly SystemSection[], { id, owner }: SystemSection): SystemSection | undefined => list.find((other) => other.id === id && other.owner === owner);
  const owned = (change: string, { owner }: SystemSection): { change: string; owner: string } => ({ change, owner });
  const at = Array.from({ length: Math.max(then.length, now.length) }).findIndex((_, index) => then[index]?.text !== now[index]?.text);
  const [lost, gained] = [then[at], now[at]];
  if (lost !== undefined && same(now, lost) === undefined) return owned(`section ${lost.id} went`, lost);
  if (gained !== undefined && same(then, gained) === undefined) return owned(`section ${gained.id} came`, gained);
  if (lost !== undefined && same(now, lost)!.text !== lost.text) return owned(`section ${lost.id} says something else`, lost);
  return { change: 'the sections of the system prompt stand in another order' };
}
