import { EXIT, PithError, toErrorReport } from '@pith/kernel';
import { z } from 'zod';
import { admit } from './admit.ts';
import { parseHost } from './host.ts';
import { isRedirect } from './redirect.ts';
import { isRefusal } from './refusal.ts';
import { type Resolve, systemResolve } from './resolve.ts';

/** One line of `pith webhooks check-url`: an address, a policy, and a network that is only told about. Nothing is sent. */
const answerSchema = z.strictObject({
  A: z.array(z.string()).default([]),
  AAAA: z.array(z.string()).default([]),
  CNAME: z.string().optional(),
  error: z.string().optional(),
  ttl: z.number().optional(),
});

const urlCaseSchema = z.strictObject({
  id: z.union([z.string(), z.number()]),
  url: z.string(),
  policy: z.strictObject({
    allow_loopback: z.boolean().default(false),
    allow_http: z.boolean().default(false),
    allow_hosts: z.array(z.string()).default([]),
  }).prefault({}),
  /** Answers of look-up 1, 2, 3 … of each host; the last repeats. Absent: the system resolver is asked. */
  dns: z.record(z.string(), z.array(answerSchema).min(1)).optional(),
  attempts: z.int().min(1).max(100).default(1),
  /** Answers to attempt 1, 2 …; 200 where there is none. */
  responses: z.array(z.strictObject({
    status: z.int().min(100).max(599),
    headers: z.strictObject({ location: z.string().optional() }).optional(),
  })).default([]),
});

export type UrlCase = z.output<typeof urlCaseSchema>;
type DnsAnswer = z.output<typeof answerSchema>;

export interface UrlAnswer {
  id: UrlCase['id'];
  verdict: 'allow' | 'deny';
  /** The addresses that attempts would have connected to, in order: one an attempt. */
  connects: string[];
  reason: string;
}

/** @throws PithError CASE_INVALID naming the field */
export function parseUrlCase(value: unknown): UrlCase {
  const parsed = urlCaseSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? [issue.keys[0]!] : [])].join('.');
  const what = issue.code === 'unrecognized_keys' ? 'is not a field of a case' : issue.message.replace(/^Invalid input: /, '');
  throw new PithError(path === '' ? `The case is no object: ${what}` : `${path}: ${what}`, {
    code: 'CASE_INVALID', exitCode: EXIT.usage, hint: 'Fields are: id, url, policy { allow_loopback, allow_http, allow_hosts }, dns, attempts, responses.',
  });
}

/**
 * Walks through the attempts, and checks before each; the first refusal ends the walk. A redirect is a failure, not a way on.
 * @throws PithError NET_POLICY_INVALID
 */
export async function checkUrlCase(given: UrlCase, resolve: Resolve = systemResolve): Promise<UrlAnswer> {
  const { id, url, attempts, responses } = given;
  const policy = { allowLoopback: given.policy.allow_loopback, allowHttp: given.policy.allow_http, allowHosts: given.policy.allow_hosts };
  const lookUp = given.dns === undefined ? resolve : toResolve(given.dns);
  const connects: string[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const admission = await admit(url, { policy, resolve: lookUp });
    const where = attempts === 1 ? '' : `attempt ${attempt}: `;
    if (isRefusal(admission)) return { id, verdict: 'deny', connects, reason: `${where}${admission.reason}` };
    connects.push(admission.addresses[0]!.text);
    const status = responses[attempt - 1]?.status ?? 200;
    if (isRedirect(status)) return { id, verdict: 'deny', connects, reason: `${where}status ${status} is a redirect, which is a failure and is not followed` };
  }
  return { id, verdict: 'allow', connects, reason: 'every address is allowed' };
}

/** One value of one line, answered whatever it is: with an error of its own where it is no case. */
export async function answerUrlCase(value: unknown, resolve?: Resolve): Promise<UrlAnswer | { id: UrlCase['id'] | null; error: { code: string; message: string } }> {
  try {
    return await checkUrlCase(parseUrlCase(value), resolve);
  } catch (error) {
    const { code, message } = toErrorReport(error);
    const id = z.object({ id: urlCaseSchema.shape.id }).safeParse(value).data?.id ?? null;
    return { id, error: { code, message } };
  }
}

/** A resolver that knows only what it is told. It follows a CNAME as a real one does: what counts is the addresses. */
function toResolve(dns: NonNullable<UrlCase['dns']>): Resolve {
  const answers = new Map(Object.entries(dns).map(([host, list]) => [toName(host), list]));
  const asked = new Map<string, number>();
  const next = (name: string): DnsAnswer | undefined => {
    const list = answers.get(name);
    const count = asked.get(name) ?? 0;
    asked.set(name, count + 1);
    return list?.[Math.min(count, list.length - 1)];
  };
  return async (name) => {
    const found: string[] = [];
    const seen = new Set<string>();
    for (let at: string | undefined = name; at !== undefined && !seen.has(at);) {
      seen.add(at);
      const answer = next(at);
      if (answer?.error !== undefined) throw new Error(answer.error);
      found.push(...answer?.A ?? [], ...answer?.AAAA ?? []);
      at = answer?.CNAME === undefined ? undefined : toName(answer.CNAME);
    }
    return found;
  };
}

function toName(host: string): string {
  const parsed = parseHost(host);
  return isRefusal(parsed) ? host.toLowerCase() : parsed.name;
}
