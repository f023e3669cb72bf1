import { defineRouteBody } from '@pith/kernel';
import { refuse } from '@pith/http';
import { z } from 'zod';
import { readPayload } from '../books/payloads.ts';
import { findRequest, listRequests, REQUESTS_MAX, type StoredRequest } from '../books/query/requests.ts';
import { balancerError } from '../errors.ts';
import { balancerOf, Text, Words } from './parts.ts';
import { nameOf, toAccountIds, toPayload, toRow } from './shown.ts';

const Row = z.looseObject({
  id: z.string(), timestamp: z.string(), method: z.string(), path: z.string(), accountUsed: z.string().nullable(), statusCode: z.number().nullable(), success: z.boolean(), errorMessage: z.string().nullable(), responseTimeMs: z.number(),
  failoverAttempts: z.number(), model: z.string().nullable(), promptTokens: z.number().nullable(), completionTokens: z.number().nullable(), totalTokens: z.number().nullable(), inputTokens: z.number().nullable(), cacheReadInputTokens: z.number().nullable(),
  cacheCreationInputTokens: z.number().nullable(), outputTokens: z.number().nullable(), costUsd: z.number().nullable(), agentUsed: z.string().nullable(), tokensPerSecond: z.number().nullable(),
});
const Query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(REQUESTS_MAX).default(50), cursor: z.string().regex(/^\d{1,15}-\d{1,15}$/, 'must be a cursor of the page before').optional().describe('x-next-cursor of the page before.'),
  accounts: Words.optional(), models: Words.optional(), agents: Words.optional(), projects: Words.optional(), clientKeys: Words.optional(), conversation: Text.optional(), status: z.enum(['all', 'success', 'error']).default('all'),
  from: z.coerce.number().int().min(0).optional().describe('Milliseconds since 1970.'), to: z.coerce.number().int().min(0).optional(),
});

export const listRoute = defineRouteBody({
  query: Query, response: z.array(Row),
  handle: async (request, context, { query }) => {
    const { found, next, toName } = await readPage(await balancerOf(context), query);
    const headers: Record<string, string> = next === null ? {} : { 'x-next-cursor': next, link: `<${toNextUrl(request.url, next)}>; rel="next"` };
    return Response.json(found.map((row) => toRow(row, toName)), { headers });
  },
});

/** Of all payloads of one answer. */
const DETAIL_BYTES = 16 * 1024 * 1024;

export const details = defineRouteBody({
  query: Query.extend({ limit: z.coerce.number().int().min(1).max(REQUESTS_MAX).default(100) }), response: z.array(z.looseObject({ id: z.string(), meta: Row })),
  handle: async (request, context, { query }) => {
    const { found, next, toName } = await readPage(await balancerOf(context), query);
    const shown: object[] = [];
    let bytes = 0;
    for (const row of found) {
      request.signal.throwIfAborted();
      const payload = await readPayload(context.paths.data, row.id);
      bytes += (payload?.request.body?.length ?? 0) + (payload?.reply.body?.length ?? 0);
      if (bytes > DETAIL_BYTES && shown.length > 0) break;
      shown.push({ id: row.id, ...toPayload(payload), meta: toRow(row, toName) });
    }
    // The page ends where the bytes do.
    const last = found[shown.length - 1];
    const cursor = last === undefined || shown.length === found.length ? next : `${last.atMs}-${last.seq}`;
    return Response.json(shown, { headers: cursor === null ? {} : { 'x-next-cursor': cursor } });
  },
});

export const one = defineRouteBody({
  query: z.strictObject({}), response: Row,
  handle: async (_request, context, { params }) => {
    const balancer = await balancerOf(context);
    const [database, pool, { books }] = await Promise.all([balancer.database(), balancer.pool(), balancer.books()]);
    await books.flush();
    const row = await findRequest(database, params['id']!);
    if (row === undefined) throw balancerError('REQUEST_NOT_FOUND', 'There is no request of that id, or no longer', { hint: 'The newest: GET /api/requests' });
    return Response.json({ ...toRow(row, (id) => nameOf(id, pool)), payload: toPayload(await readPayload(context.paths.data, row.id)) });
  },
});

async function readPage(balancer: Awaited<ReturnType<typeof balancerOf>>, { limit, cursor, accounts, from, to, ...given }: z.infer<typeof Query>): Promise<{ found: readonly StoredRequest[]; next: string | null; toName: (id: string | null) => string | null }> {
  if (from !== undefined && to !== undefined && from >= to) throw refuse({ status: 400, code: 'QUERY_INVALID', message: 'from is before to' });
  const [database, pool, { books }] = await Promise.all([balancer.database(), balancer.pool(), balancer.books()]);
  await books.flush();
  const filter = Object.fromEntries(Object.entries({ ...given, fromMs: from, toMs: to }).filter(([, value]) => value !== undefined));
  const { requests: found, next } = await listRequests(database, { ...filter, ...toAccountIds(accounts, pool) }, { limit, ...(cursor === undefined ? {} : { cursor }) });
  return { found, next, toName: (id) => nameOf(id, pool) };
}

function toNextUrl(url: string, cursor: string): string {
  const next = new URL(url);
  next.searchParams.set('cursor', cursor);
  return `${next.pathname}${next.search}`;
}
