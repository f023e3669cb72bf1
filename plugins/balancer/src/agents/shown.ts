import { describe, nearest } from '@pith/kernel';
import { formatTable, screenWidth } from '@pith/table';
import { balancerError } from '../errors.ts';
import type { Agent, AgentProblem } from './agent.ts';
import type { AgentRegistry } from './registry.ts';

/** An agent as commands and the API show it. */
export type ShownAgent = Omit<Agent, 'prompt'> & { /** What a person has chosen. */ preference: string | null; promptCharacters: number };

export interface ShownAgents { agents: readonly ShownAgent[]; workspaces: readonly string[]; problems: readonly AgentProblem[] }

export function toShownAgent({ prompt, ...agent }: Agent, registry: AgentRegistry): ShownAgent {
  return { ...agent, preference: registry.preferenceOf(agent.id) ?? null, promptCharacters: prompt.length };
}

export function toShownAgents(registry: AgentRegistry): ShownAgents {
  return { agents: registry.agents.map((agent) => toShownAgent(agent, registry)), workspaces: registry.workspaces, problems: registry.problems };
}

export function formatAgents({ agents }: ShownAgents, width = screenWidth()): string {
  return formatTable(['AGENT', 'MODEL', 'FILE', 'FOR'], agents.map((agent) => [agent.id, toModelText(agent), agent.file, agent.description.replaceAll(/\s+/g, ' ')]), width);
}

/** Which model its requests get, and why. */
function toModelText({ preference, model, workspace }: Pick<ShownAgent, 'preference' | 'model' | 'workspace'>): string {
  if (preference !== null) return `${preference} (preferred)`;
  if (model === null) return 'as asked';
  return workspace === null ? model : `as asked (its file says ${model})`;
}

/** By id, or by a name that only one has. @throws PithError AGENT_NOT_FOUND */
export function findAgent(agents: readonly Agent[], name: string): Agent {
  const found = agents.find(({ id }) => id === name);
  const named = agents.filter((agent) => agent.name === name);
  if (found !== undefined) return found;
  if (named.length === 1) return named[0]!;
  const near = named.length > 1 ? named.map(({ id }) => id) : nearest(name, agents.map(({ id }) => id));
  throw balancerError('AGENT_NOT_FOUND', named.length > 1 ? `There are ${named.length} agents called ${describe(name)}` : `There is no agent ${describe(name)}`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : agents.length === 0 ? 'An agent is a file with a name and a prompt in the folder agents of the configuration, or in .claude/agents of a project' : 'All of them: pith proxy agents list',
  });
}

const MODEL = /^[\w.:/@+-]{1,200}$/;

/** @throws PithError AGENT_MODEL_REFUSED */
export function checkModel(model: string): string {
  if (MODEL.test(model)) return model;
  throw balancerError('AGENT_MODEL_REFUSED', `A model is named by letters, digits and . : / @ _ -; found ${describe(model)}`, { hint: 'As in: pith proxy agents prefer reviewer claude-opus-4-6' });
}
