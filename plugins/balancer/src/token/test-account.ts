import { KERNEL_VERSION, toMessage } from '@pith/kernel';
import { guardedFetch, type FetchReply, type NetPolicy } from '@pith/net';
import { readLimits } from '@pith/wire';
import type { Account } from '../account/account.ts';
import { policyOf } from '../account/net-policy.ts';
import { toWindows } from '../account/windows.ts';
import type { Credential, Credentials } from './credentials.ts';

/** How a test went. */
export interface AccountTest {
  account: string;
  ok: boolean;
  /** What was done. */
  request: string;
  status: number | null;
  latencyMs: number;
  /** Why it is not well, in the server's words. */
  reason: string | null;
  /** How many models the server names. */
  models: number | null;
  windows: Account['windows'];
  /** The token was refreshed for it. */
  refreshed: boolean;
}

export interface AccountTestParts {
  credentials: Credentials;
  redact: (text: string) => string;
  env?: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
}

const LIMIT_MS = 30_000;

/** Asks for the list of models, which costs nothing. It teaches the pool nothing: whatever comes of it, no account is benched. @throws PithError as `Credentials.of` */
export async function testAccount(account: Account, { credentials, redact, env, signal }: AccountTestParts): Promise<AccountTest> {
  const url = `${account.baseUrl}/v1/models`;
  const policy = policyOf(account.baseUrl, account.allowHost === undefined ? [] : [account.allowHost]);
  const ask = (credential: Credential): Promise<FetchReply> => send(url, account, { credential, policy, ...(env === undefined ? {} : { env }), ...(signal === undefined ? {} : { signal }) });
  let refreshed = false;
  let credential = await credentials.of(account, signal);
  let startMs = performance.now();
  const test = (more: Partial<AccountTest>): AccountTest => ({ account: account.name, ok: false, request: `GET ${url}`, status: null, latencyMs: Math.round(performance.now() - startMs), reason: null, models: null, windows: {}, refreshed, ...more });
  try {
    let reply = await ask(credential);
    if (reply.status === 401 && await credentials.renew(account, credential.tokenVersion === undefined ? {} : { tokenVersion: credential.tokenVersion }, signal)) {
      refreshed = true;
      credential = await credentials.of(account, signal);
      startMs = performance.now();
      reply = await ask(credential);
    }
    const ok = reply.status >= 200 && reply.status < 300;
    const json = toJson(reply.text());
    return test({ ok, status: reply.status, reason: ok ? null : redact(toReason(reply, json)), models: ok && Array.isArray(json?.['data']) ? json['data'].length : null, windows: toWindows(readLimits(new Headers(reply.headers), { nowMs: Date.now(), secrets: [] })) });
  } catch (error) {
    signal?.throwIfAborted();
    return test({ reason: redact(toMessage(error)) });
  }
}

function send(url: string, { family }: Account, { credential, ...options }: { credential: Credential; policy: NetPolicy; env?: Readonly<Record<string, string | undefined>>; signal?: AbortSignal }): Promise<FetchReply> {
  return guardedFetch(url, { ...options, timeoutMs: LIMIT_MS, idleMs: LIMIT_MS, headers: { accept: 'application/json', 'user-agent': `pith/${KERNEL_VERSION}`, ...(family === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}), ...credential.headers } });
}

function toReason({ status }: FetchReply, json: Record<string, unknown> | undefined): string {
  const error = json?.['error'];
  const message = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
  const said = typeof message === 'string' ? `: ${message.slice(0, 300)}` : '';
  return `the server answered ${status}${said}`;
}

function toJson(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json as Record<string, unknown> : undefined;
  } catch {
    return undefined; // A page, or nothing: the status says enough.
  }
}
