import type { TurnEvent } from '@pith/kernel';
import type { AgentView } from '../view.ts';
import { stopCall, takeCallEvent } from './call-view.ts';

/** So many calls of one agent are kept in view. */
const MAX_CALLS = 50;
/** So much of what an agent said last. */
const MAX_TEXT = 2000;

/** The agents after an event of one of them. */
export function takeAgentEvent(agents: readonly AgentView[], event: TurnEvent, cwd: string): readonly AgentView[] {
  if (event.type === 'run-start') return [...agents, newAgent(event)];
  const at = agents.findIndex(({ runId }) => runId === event.runId);
  return at === -1 ? agents : agents.with(at, change(agents[at]!, event, cwd));
}

function newAgent({ runId, parentRunId = '', callId, name, task, atMs }: Extract<TurnEvent, { type: 'run-start' }>): AgentView {
  return { runId, parentRunId, callId, name, task, state: 'running', reason: null, startedMs: atMs, durationMs: null, calls: [], callsGone: 0, tokens: 0, costMicroUsd: 0, text: '' };
}

function change(agent: AgentView, event: TurnEvent, cwd: string): AgentView {
  switch (event.type) {
    case 'tool-call': case 'tool-start': case 'tool-progress': case 'tool-end': {
      const { calls, ended } = takeCallEvent(agent.calls, event, cwd);
      if (ended === undefined) return bounded({ ...agent, calls });
      const at = agent.calls.findIndex(({ callId }) => callId === ended.callId);
      return bounded({ ...agent, calls: at === -1 ? [...calls, ended] : agent.calls.with(at, ended) });
    }
    case 'text-delta': return { ...agent, text: (agent.text + event.text).slice(-MAX_TEXT) };
    case 'model-start': return { ...agent, text: '' };
    case 'model-end': {
      const { usage, costMicroUsd } = event;
      const tokens = usage === null ? 0 : usage.input + usage.output + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
      return { ...agent, tokens: agent.tokens + tokens, costMicroUsd: addCost(agent.costMicroUsd, costMicroUsd) };
    }
    case 'run-end': return {
      ...agent, state: event.status, reason: event.reason, durationMs: event.durationMs, text: (event.result ?? agent.text).slice(-MAX_TEXT), costMicroUsd: event.costMicroUsd,
      calls: agent.calls.map((call) => (call.durationMs === null ? stopCall(call, 'interrupted', event.atMs) : call)),
    };
    default: return agent;
  }
}

function bounded(agent: AgentView): AgentView {
  const tooMany = agent.calls.length - MAX_CALLS;
  return tooMany <= 0 ? agent : { ...agent, calls: agent.calls.slice(tooMany), callsGone: agent.callsGone + tooMany };
}

/** Unknown stays unknown. */
export function addCost(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
