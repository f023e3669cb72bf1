import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { balancerOf } from './parts.ts';
import { toTime } from './shown.ts';

export const cleanup = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({}), response: z.object({ removedRequests: z.number(), removedPayloads: z.number(), cutoff: z.string() }),
  handle: async (_request, context) => {
    const { books } = await (await balancerOf(context)).books();
    await books.flush();
    const { removedRequests, removedPayloads, cutoffMs } = await books.cleanUp({ isAsked: true });
    return Response.json({ removedRequests, removedPayloads, cutoff: toTime(cutoffMs) });
  },
});

/** Requests go on meanwhile; their rows wait in the files of lines. */
export const compact = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({}), response: z.object({ ok: z.literal(true), beforeBytes: z.number(), afterBytes: z.number() }),
  handle: async (_request, context) => Response.json({ ok: true, ...await (await (await balancerOf(context)).database()).compact() }),
});
