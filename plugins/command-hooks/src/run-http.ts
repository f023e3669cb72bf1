import { guardedFetch } from '@pith/net';
import type { Handler } from './handler.ts';
import { failed, type HookRun, timeoutOf } from './run-hook.ts';
import type { CommandEnd } from './run-command.ts';

/** What is read of an answer. */
const MAX_BYTES = 1024 * 1024;

/** Posts the event to an address; only where requests may go at all, and its answer counts like the output of a command. */
export async function runHttp(handler: Handler, run: HookRun): Promise<CommandEnd> {
  const { fields, signal, surroundings: { env, options: { allowLoopback, allowHosts } } } = run;
  const allowed = new Set(handler.allowedEnvVars);
  const fill = (text: string): string => text.replaceAll(/\$\{(\w+)\}|\$(\w+)/g, (_, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? '';
    return allowed.has(name) ? env[name] ?? '' : '';
  });
  const headers = Object.fromEntries(Object.entries(handler.headers ?? {}).map(([name, value]) => [name, fill(value)]));
  const reply = await guardedFetch(handler.url!, {
    method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(fields), env, signal,
    policy: { allowLoopback, allowHosts }, maxBytes: MAX_BYTES, timeoutMs: timeoutOf(handler, run), idleMs: timeoutOf(handler, run),
  });
  if (reply.status < 200 || reply.status > 299) return failed(`it answered with status ${reply.status}`);
  return { stdout: reply.text(), stderr: '', exitCode: 0, signal: null };
}
