import type { Theme } from '@pith/screen';
import { useAnimation } from 'ink';
import { createElement as h, type FunctionComponent } from 'react';
import type { AgentView } from '../view.ts';
import { layoutAgents } from './agents.ts';
import { Rows } from './rows.ts';

/** So often the times of those at work are counted on. */
const SECOND_MS = 1000;

/** The sub-agents that are at work, and all that these have begun. It draws itself again every second, and nothing else with it. */
export const AgentTree: FunctionComponent<{ agents: readonly AgentView[]; width: number; rows: number; theme: Theme }> = ({ agents, width, rows, theme }) => {
  useAnimation({ interval: SECOND_MS, isActive: rows > 0 && agents.length > 0 });
  return rows <= 0 || agents.length === 0 ? null : h(Rows, { lines: layoutAgents(agents, { rows, nowMs: Date.now() }, { width, theme }), theme, width });
};

/** Those that have not ended, with what was begun by them; of the others the lines above tell. */
export function atWork(agents: readonly AgentView[]): readonly AgentView[] {
  const byId = new Map(agents.map((agent) => [agent.runId, agent]));
  const isAtWork = (agent: AgentView): boolean => agent.state === 'running' || (byId.get(agent.parentRunId) !== undefined && isAtWork(byId.get(agent.parentRunId)!));
  return agents.filter(isAtWork);
}
