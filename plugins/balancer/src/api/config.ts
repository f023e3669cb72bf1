import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import type { HotSettings } from '../settings/settings.ts';
import { STRATEGY_NAMES } from '../strategy/names.ts';
import { balancerOf, Done, done } from './parts.ts';

const Entry = z.object({ name: z.string(), value: z.unknown(), layer: z.string().describe('Who says so: managed, command line, environment, api, local, project, user, default.'), source: z.string().nullable(), variable: z.string(), byDefault: z.unknown() });
const Config = z.object({
  lb_strategy: z.string(), port: z.number().nullable(), sessionDurationMs: z.number(), default_agent_model: z.string().nullable(), data_retention_days: z.number(), request_retention_days: z.number(), settings: z.array(Entry),
});

export const config = defineRouteBody({
  query: z.strictObject({}), response: Config,
  handle: async (request, context) => {
    const balancer = await balancerOf(context);
    const { strategy, sessionDurationMs, defaultAgentModel, payloadDays, requestDays } = balancer.settings.values;
    return Response.json({
      lb_strategy: strategy, port: Number(new URL(request.url).port) || null, sessionDurationMs, default_agent_model: defaultAgentModel, data_retention_days: payloadDays, request_retention_days: requestDays, settings: balancer.settings.entries(),
    });
  },
});

/** Values are checked where they are kept, by the same rules as those of the settings and the environment. */
export const changeConfig = defineRouteBody({
  query: z.strictObject({}), body: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])), response: Done,
  handle: async (_request, context, { body }) => change((await balancerOf(context)).settings, body),
});

export const strategy = defineRouteBody({
  query: z.strictObject({}), response: z.object({ strategy: z.string() }), handle: async (_request, context) => Response.json({ strategy: (await balancerOf(context)).settings.values.strategy }),
});

export const setStrategy = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({ strategy: z.string() }), response: Done, handle: async (_request, context, { body }) => change((await balancerOf(context)).settings, body),
});

export const model = defineRouteBody({
  query: z.strictObject({}), response: z.object({ model: z.string().nullable() }), handle: async (_request, context) => Response.json({ model: (await balancerOf(context)).settings.values.defaultAgentModel }),
});

export const setModel = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({ model: z.string().nullable() }), response: Done, handle: async (_request, context, { body }) => change((await balancerOf(context)).settings, { defaultAgentModel: body.model }),
});

export const retention = defineRouteBody({
  query: z.strictObject({}), response: z.object({ payloadDays: z.number(), requestDays: z.number() }),
  handle: async (_request, context) => {
    const { payloadDays, requestDays } = (await balancerOf(context)).settings.values;
    return Response.json({ payloadDays, requestDays });
  },
});

export const setRetention = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({ payloadDays: z.number().optional(), requestDays: z.number().optional() }), response: Done,
  handle: async (_request, context, { body }) => change((await balancerOf(context)).settings, Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))),
});

export const strategies = defineRouteBody({ query: z.strictObject({}), response: z.array(z.string()), handle: async () => Response.json(STRATEGY_NAMES) });

async function change(settings: HotSettings, given: Readonly<Record<string, unknown>>): Promise<Response> {
  const values = await settings.change(given);
  const names = Object.keys(given);
  return done(names.length === 0 ? 'Nothing was asked to be changed' : `${names.join(', ')} ${names.length === 1 ? 'holds' : 'hold'} from the next request on`, { values });
}
