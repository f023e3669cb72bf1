import type { ModelRequest, SystemSection, ToolSpec } from './message.ts';
import { hashOf, type RequestFacts, type RequestPart } from './part-digest.ts';
import { firstDifference, HEAD, partsOf, type Prefix, requestOf, type Stage } from './prefix.ts';

/** Who changed what had been sent before, and what it was, in words. */
export interface Blame { plugin: string; tap?: string; change: string }

/** Who made the kernel's own request another one: of the history, and of the model. */
export interface Changers { history: { plugin: string; reason: string } | undefined; model: { plugin: string } | undefined }

/**
 * Who broke the prefix: follows the first part that is not what it was to the tap that took it out, put something in front of it, or
 * said something else in its place. Where no tap did, it is whoever the part belongs to, or who changed the history or the model.
 */
export function blamePrefix(before: Prefix, now: Prefix, changers: Changers): Blame {
  const place = firstDifference(before, now);
  const [then, request] = [requestOf(before), requestOf(now)];
  const stage = findStage(before, now, place);
  // What the tap made, not what others made of that.
  const system = stage !== undefined && stage.plugin !== 'kernel' && now.stages.includes(stage) ? stage.request.system : request.system;
  const { change, owner } = describeChange({ then, now: request, system, place, lost: before.parts[place], gained: now.parts[place] });
  if (stage !== undefined && stage.plugin !== 'kernel') return { plugin: stage.plugin, ...(stage.tap === undefined ? {} : { tap: stage.tap }), change };
  const { history, model } = changers;
  if (place === 0) return { plugin: model?.plugin ?? 'kernel', change };
  if (place < HEAD + then.system.length) return { plugin: owner ?? 'kernel', change };
  return history === undefined ? { plugin: 'kernel', change } : { plugin: history.plugin, change: `the history was changed: ${history.reason}` };
}

/** The tap that did it; the kernel's own where the request was another one before any tap. */
function findStage(before: Prefix, now: Prefix, place: number): Stage | undefined {
  const [lost, gained] = [before.parts[place], now.parts[place]];
  const inHead = place < HEAD + Math.max(requestOf(before).system.length, requestOf(now).system.length);
  return inHead ? firstToDiffer(before, now, headOf(place, [lost, gained])) : followMessage(before, now, { lost, gained });
}

/**
 * Tap by tap, what was made of the request then and now: the first that made something else. One that did nothing has handed
 * on what it got.
 */
function firstToDiffer(before: Prefix, now: Prefix, view: (request: ModelRequest) => string): Stage | undefined {
  const at = ({ plugin, tap }: Stage): string => `${plugin} ${tap}`;
  const [then, since] = [new Map(before.stages.map((stage) => [at(stage), stage])), new Map(now.stages.map((stage) => [at(stage), stage]))];
  let [old, fresh] = [requestOf(before), requestOf(now)];
  for (const key of inOrder(before.stages.map(at), now.stages.map(at))) {
    old = then.get(key)?.request ?? old;
    fresh = since.get(key)?.request ?? fresh;
    if (view(old) !== view(fresh)) return since.get(key) ?? then.get(key);
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

/** What is compared of the requests: the facts, the tools, or the sections; what may change only where it is at fault. */
function headOf(place: number, parts: readonly (RequestPart | undefined)[]): (request: ModelRequest) => string {
  if (place < HEAD) return (request) => hashOf(partsOf(request)[place]!);
  const isFree = (part: RequestPart | undefined): boolean => part !== undefined && 'stability' in part && part.stability === 'volatile';
  const withFree = parts.some(isFree);
  return ({ system }) => system.filter((section) => withFree || !isFree(section)).map(hashOf).join(' ');
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

interface Difference { then: ModelRequest; now: ModelRequest; system: readonly SystemSection[]; place: number; lost: RequestPart | undefined; gained: RequestPart | undefined }

function describeChange({ then, now, system, place, lost, gained }: Difference): { change: string; owner?: string } {
  if (place === 0) return { change: describeFacts(lost as RequestFacts, gained as RequestFacts) };
  if (place === 1) return describeTools(then.tools, now.tools);
  if (place < HEAD + Math.max(then.system.length, now.system.length)) return describeSections(then.system, system, { lost, gained });
  const at = place - HEAD - then.system.length;
  const has = (request: ModelRequest, part: RequestPart | undefined): boolean => part !== undefined && request.messages.some((message) => hashOf(message) === hashOf(part));
  const name = `message ${at + 1} of ${then.messages.length}`;
  if (has(now, lost)) return { change: `something was put in front of ${name}` };
  return { change: gained === undefined || has(then, gained) ? `${name} was left out` : `${name} was rewritten` };
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

function describeSections(then: readonly SystemSection[], now: readonly SystemSection[], parts: { lost: RequestPart | undefined; gained: RequestPart | undefined }): { change: string; owner?: string } {
  const same = (list: readonly SystemSection[], { id, owner }: SystemSection): SystemSection | undefined => list.find((other) => other.id === id && other.owner === owner);
  const owned = (change: string, { owner }: SystemSection): { change: string; owner: string } => ({ change, owner });
  const [lost, gained] = [parts.lost, parts.gained].map((part) => (part !== undefined && 'stability' in part ? part : undefined));
  if (lost !== undefined && same(now, lost) === undefined) return owned(`section ${lost.id} went`, lost);
  if (gained !== undefined && same(then, gained) === undefined) return owned(`section ${gained.id} came`, gained);
  if (lost !== undefined && same(now, lost)!.text !== lost.text) return owned(`section ${lost.id} says something else`, lost);
  return { change: 'the sections of the system prompt stand in another order' };
}
