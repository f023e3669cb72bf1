import type { ContributionContext } from '@pith/kernel';
import { z } from 'zod';
import type { Balancer } from '../service.ts';

export const balancerOf = (context: ContributionContext): Promise<Balancer> => context.service('balancer');

/** What a change answers with. */
export const Done = z.object({ success: z.literal(true), message: z.string() });

export function done(message: string, more: object = {}, status = 200): Response {
  return Response.json({ success: true, message, ...more }, { status });
}

/** No name of anything has a NUL, and no database holds one. */
export const Text = z.string().regex(/^[^\0]*$/, 'must be a text without NUL');

/** Names or ids behind commas, also where the query has the word more than once. */
export const Words = z.union([Text, z.array(Text)]).transform((given) => [given].flat().flatMap((text) => text.split(',')).map((word) => word.trim()).filter((word) => word !== ''));
