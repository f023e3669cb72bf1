import { asObject } from './usage.ts';

/** What the beginning of a stream says of the account. */
export type Beginning =
  /** Nothing but comments and pings so far, or half an event. */
  | { kind: 'unclear' }
  | { kind: 'good' }
  | { kind: 'error'; type: string; message: string };

const UNCLEAR: Beginning = { kind: 'unclear' };
const GOOD: Beginning = { kind: 'good' };

/** Events that say that the server is there, and nothing of whether it will answer. */
const EMPTY = new Set(['ping', 'response.created', 'response.queued', 'response.in_progress']);

/** Looks at the events that have come whole; the first that says anything decides. */
export function judgeBeginning(text: string): Beginning {
  const end = Math.max(text.lastIndexOf('\n\n'), text.lastIndexOf('\n\r\n'), text.lastIndexOf('\r\r'));
  if (end === -1) return UNCLEAR;
  for (const event of text.slice(0, end).split(/\r?\n\r?\n|\r\r/)) {
    const lines = event.split(/\r\n|\r|\n/).filter((line) => line.startsWith('data:'));
    if (lines.length === 0) continue;
    const data = lines.map((line) => line.slice('data:'.length)).join('');
    const error = mayFail(data) ? toError(data) : undefined;
    if (error !== undefined) return { kind: 'error', ...error };
    if (!EMPTY.has(/"type"\s*:\s*"([\w.]+)"/.exec(data)?.[1] ?? '')) return GOOD;
  }
  return UNCLEAR;
}

const mayFail = (data: string): boolean => data.includes('"error"') || data.includes('"response.failed"');

/** The error that a body or an event names, in the words of either family; nothing where it names none. */
export function toError(text: string): { type: string; message: string } | undefined {
  let body: Record<string, unknown>;
  try {
    body = asObject(JSON.parse(text));
  } catch {
    return undefined; // A page of some server on the way: its status says enough.
  }
  const error = asObject(asObject(body['response'])['error'] ?? body['error'] ?? (body['type'] === 'error' ? body : undefined));
  const [type, code, message] = [error['type'], error['code'], error['message']].map((value) => (typeof value === 'string' && value !== '' ? value : undefined));
  if (type === undefined && code === undefined && message === undefined) return undefined;
  // The code is the finer word where there are both: `insufficient_quota`, `rate_limit_exceeded`.
  return { type: (code ?? (type === 'error' ? undefined : type) ?? 'error').slice(0, 100), message: (message ?? '').slice(0, 500) };
}
