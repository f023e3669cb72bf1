import { cutLine, type Line, type Look, toSpan, widthOf } from '@pith/screen';
import type { AgentView, CallView } from '../view.ts';
import { toCost, toCount, toDuration } from '../view/amounts.ts';
import { stateSign } from './item-lines.ts';

/** An agent at its place in the tree. */
interface Branch { agent: AgentView; /** What stands before it: the lines of the tree. */ stem: string; /** What stands before what is below it. */ below: string }

/** No tree is drawn deeper: at 40 columns nothing else would be seen. */
const MAX_DEPTH = 6;
/** Of the row of an agent, its facts take no more than this share. */
const FACTS_SHARE = 0.45;

/**
 * Sub-agents as a tree: name, task and facts in one row, and below those that are at work what they do just now. Where not all find
 * room, those at work are shown first, and of the others how many they are.
 */
export function layoutAgents(agents: readonly AgentView[], { rows, nowMs }: { rows: number; nowMs: number }, look: Look): Line[] {
  if (agents.length === 0 || rows <= 0) return [];
  const shown = chooseShown(agents, agents.length > rows ? rows - 1 : agents.length);
  const left = agents.length - shown.length;
  const running = agents.filter(({ state }) => state === 'running').length;
  const note = `${look.theme.signs.ellipsis} ${left} more agent${left === 1 ? '' : 's'}, ${running} of ${agents.length} at work`;
  // A row for what it does just now, for as many as there is room for.
  let spare = rows - shown.length - (left > 0 ? 1 : 0);
  const lines = toBranches(shown, look).flatMap(({ agent, stem, below }) => {
    const row = layoutRow(agent, { stem, nowMs }, look);
    const call = agent.state === 'running' ? agent.calls.findLast(({ durationMs }) => durationMs === null) ?? agent.calls.at(-1) : undefined;
    if (call === undefined || spare <= 0) return [row];
    spare--;
    return [row, layoutDoing(call, below, look)];
  });
  return left === 0 ? lines : [...lines, cut([toSpan(note, look, 'dim')], look)];
}

/** Those at work before those that ended, the newest of these; in the order in which they began. */
function chooseShown(agents: readonly AgentView[], count: number): AgentView[] {
  if (count >= agents.length) return [...agents];
  const running = agents.filter(({ state }) => state === 'running').slice(0, count);
  const ended = agents.filter(({ state }) => state !== 'running');
  const chosen = new Set([...running, ...ended.slice(Math.max(0, ended.length - (count - running.length)))].slice(0, count));
  return agents.filter((agent) => chosen.has(agent));
}

/** Each below the one that began it; one whose parent is not shown stands on its own. */
function toBranches(agents: readonly AgentView[], { theme }: Look): Branch[] {
  const [fork, corner, line] = theme.unicode ? ['├ ', '└ ', '│ '] : ['|-', '`-', '| '];
  const shown = new Set(agents.map(({ runId }) => runId));
  const childrenOf = (parent: string | undefined): AgentView[] => agents.filter(({ parentRunId }) => (shown.has(parentRunId) ? parentRunId === parent : parent === undefined));
  const walk = (parent: string | undefined, before: string, depth: number): Branch[] => {
    const children = childrenOf(parent);
    return children.flatMap((agent, index) => {
      const isLast = index === children.length - 1;
      const isDrawn = depth > 0 && depth <= MAX_DEPTH;
      const below = isDrawn ? before + (isLast ? '  ' : line) : before;
      return [{ agent, stem: isDrawn ? before + (isLast ? corner : fork) : before, below: `${below}  ` }, ...walk(agent.runId, below, depth + 1)];
    });
  };
  return walk(undefined, '', 0);
}

function layoutRow(agent: AgentView, { stem, nowMs }: { stem: string; nowMs: number }, look: Look): Line {
  const { name, task, state, reason } = agent;
  const { sign, role } = stateSign(state === 'running' ? 'running' : state === 'done' ? 'done' : state === 'interrupted' ? 'interrupted' : 'error', look);
  const about = state === 'running' || reason === null ? task.split('\n', 1)[0] ?? '' : `${state}: ${reason}`;
  const facts = toFacts(agent, nowMs, Math.floor(look.width * FACTS_SHARE));
  const head: Line = [{ text: stem, roles: ['dim'] }, toSpan(`${sign} `, look, role), toSpan(name, look, 'strong'), toSpan(` ${about}`, look)];
  return cut([...cutLine(head, { width: Math.max(2, look.width - widthOf(facts)), sign: look.theme.signs.ellipsis }), toSpan(facts, look, 'dim')], look);
}

/** Time, calls, tokens and cost, in this order as many as there is room for. */
function toFacts({ durationMs, startedMs, calls, callsGone, tokens, costMicroUsd }: AgentView, nowMs: number, room: number): string {
  const count = calls.length + callsGone;
  const facts = [toDuration(durationMs ?? Math.max(0, nowMs - startedMs)), `${count} call${count === 1 ? '' : 's'}`, `${toCount(tokens)} tok`, ...(costMicroUsd === 0 ? [] : [toCost(costMicroUsd)])];
  let text = '';
  for (const fact of facts) {
    const next = `${text}${text === '' ? '  ' : ', '}${fact}`;
    if (widthOf(next) > room) break;
    text = next;
  }
  return text;
}

function layoutDoing({ tool, target, progress }: CallView, stem: string, look: Look): Line {
  return cut([{ text: stem, roles: ['dim'] }, toSpan(`${tool} ${target}${progress === undefined ? '' : `: ${progress}`}`, look, 'dim')], look);
}

function cut(line: Line, { width, theme }: Look): Line {
  return cutLine(line, { width, sign: theme.signs.ellipsis });
}
