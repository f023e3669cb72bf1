import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { LEVELS } from '../books/log.ts';
import { readLog } from '../books/read-log.ts';
import { balancerOf } from './parts.ts';
import { toTime } from './shown.ts';

const LINES_MAX = 5000;

export const requestStream = defineRouteBody({
  query: z.strictObject({}), handle: async (request, context) => (await (await balancerOf(context)).live()).requests.open(request),
});

export const logStream = defineRouteBody({
  query: z.strictObject({}), handle: async (request, context) => (await (await balancerOf(context)).live()).logs.open(request),
});

export const logHistory = defineRouteBody({
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(LINES_MAX).default(200), level: z.enum(LEVELS).optional() }),
  response: z.array(z.looseObject({ timestamp: z.string(), level: z.enum(LEVELS), pid: z.number(), text: z.string() })),
  handle: async (_request, { paths }, { query: { limit, level } }) => Response.json(readLog(paths.data, { limit, ...(level === undefined ? {} : { level }) }).map(({ atMs, ...line }) => ({ timestamp: toTime(atMs), ...line }))),
});
