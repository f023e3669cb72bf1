import { refuse } from '@pith/http';
import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { balancerOf } from './parts.ts';

export const metrics = defineRouteBody({
  query: z.looseObject({}),
  handle: async (_request, context, { hasToken }) => {
    const balancer = await balancerOf(context);
    if (!hasToken && !balancer.settings.values.openMetrics) {
      throw refuse({ status: 401, code: 'TOKEN_MISSING', message: 'The request has no token', hint: 'Give Prometheus the token, or let everybody who reaches this server read it: openMetrics', headers: { 'www-authenticate': 'Bearer realm="pith"' } });
    }
    const { meter } = await balancer.live();
    return new Response(meter.render(Date.now(), balancer.redact), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
  },
});
