import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { checkModel, findAgent, toShownAgent, toShownAgents } from '../agents/shown.ts';
import { balancerOf, Done, done } from './parts.ts';

const Shown = z.looseObject({ id: z.string(), name: z.string(), description: z.string(), model: z.string().nullable(), preference: z.string().nullable(), workspace: z.string().nullable() });
/** `null`: as its file says, or as the program asks. */
const Model = z.strictObject({ model: z.string().max(200).nullable() });

export const listAgents = defineRouteBody({
  query: z.strictObject({}), response: z.object({ agents: z.array(Shown), globalAgents: z.array(Shown), workspaceAgents: z.array(Shown), workspaces: z.array(z.string()), problems: z.array(z.object({ file: z.string(), problem: z.string() })) }),
  handle: async (_request, context) => {
    const shown = toShownAgents(await (await balancerOf(context)).agents());
    return Response.json({ ...shown, globalAgents: shown.agents.filter(({ workspace }) => workspace === null), workspaceAgents: shown.agents.filter(({ workspace }) => workspace !== null) });
  },
});

export const preference = defineRouteBody({
  query: z.strictObject({}), response: z.object({ agent: z.string(), model: z.string().nullable() }),
  handle: async (_request, context, { params }) => {
    const registry = await (await balancerOf(context)).agents();
    const { id } = findAgent(registry.agents, params['id']!);
    return Response.json({ agent: id, model: registry.preferenceOf(id) ?? null });
  },
});

/** Files of agents belong to people: what is changed here stands beside them. */
export const setPreference = defineRouteBody({
  query: z.strictObject({}), body: Model, response: Done,
  handle: async (_request, context, { params, body: { model } }) => {
    const registry = await (await balancerOf(context)).agents();
    const agent = findAgent(registry.agents, params['id']!);
    await registry.prefer(agent.id, model === null ? undefined : checkModel(model));
    return done(model === null ? `No model is preferred for ${agent.id}` : `Requests of ${agent.id} ask for ${model} from now on`, { agent: toShownAgent(agent, registry) });
  },
});

export const bulkPreference = defineRouteBody({
  query: z.strictObject({}), body: Model.extend({ agents: z.array(z.string()).max(1000).optional().describe('Default: all that are known.') }), response: Done.extend({ updatedCount: z.number() }),
  handle: async (_request, context, { body: { model, agents: named } }) => {
    const registry = await (await balancerOf(context)).agents();
    const chosen = named === undefined ? registry.agents : named.map((name) => findAgent(registry.agents, name));
    const wanted = model === null ? undefined : checkModel(model);
    await registry.prefer(chosen.map(({ id }) => id), wanted);
    return done(`${chosen.length} agent${chosen.length === 1 ? '' : 's'} ${model === null ? 'without a preference' : `with ${model}`}`, { updatedCount: chosen.length });
  },
});

export const workspaces = defineRouteBody({
  query: z.strictObject({}), response: z.object({ workspaces: z.array(z.object({ path: z.string(), agents: z.number() })) }),
  handle: async (_request, context) => {
    const registry = await (await balancerOf(context)).agents();
    return Response.json({ workspaces: registry.workspaces.map((path) => ({ path, agents: registry.agents.filter(({ workspace }) => workspace === path).length })) });
  },
});
