import { type Block, type ErrorReport, EXIT, type Reply, toErrorReport, toPithError, type TurnResult } from '@pith/kernel';

/** What `--output json` prints: one object, on success and on failure alike. */
export interface Envelope {
  v: 1;
  status: TurnResult['status'];
  exitCode: number;
  result: string | null;
  structured?: unknown;
  reply: unknown;
  error?: { code: string; message: string; hint: string | null; plugin?: string; hook?: string };
  session: string | null;
  steps: number;
  usage: TurnResult['usage'];
  costMicroUsd: number | null;
  durationMs: number;
  refusals: TurnResult['refusals'];
}

export function toEnvelope(result: TurnResult, session: string, structured?: unknown): Envelope {
  const { status, exitCode, text, reply, error, steps, usage, costMicroUsd, durationMs, refusals } = result;
  return {
    v: 1, status, exitCode, result: text, ...(structured === undefined ? {} : { structured }), reply: reply === null ? null : toWireReply(reply),
    ...(error === undefined ? {} : { error: toWireError(error) }), session, steps, usage, costMicroUsd, durationMs, refusals,
  };
}

/** The envelope of a run that failed before its turn began. */
export function toFailedEnvelope(thrown: unknown, durationMs: number): Envelope {
  const error = toPithError(thrown, 'TAP_THREW');
  const status = error.exitCode === EXIT.interrupted || error.exitCode === EXIT.terminated ? 'interrupted' : 'error';
  return {
    v: 1, status, exitCode: error.exitCode, result: null, reply: null, error: toWireError(toErrorReport(error)),
    session: null, steps: 0, usage: { input: 0, output: 0 }, costMicroUsd: 0, durationMs, refusals: [],
  };
}

function toWireError({ code, message, hint, plugin, hook }: ErrorReport): NonNullable<Envelope['error']> {
  return { code, message, hint: hint ?? null, ...(plugin === undefined ? {} : { plugin }), ...(hook === undefined ? {} : { hook }) };
}

/** The reply as received, without what is pith's own in it. */
function toWireReply(reply: Reply): unknown {
  return { ...reply, blocks: reply.blocks.map(toWireBlock) };
}

function toWireBlock({ cache: _cache, vendor: _vendor, ...block }: Block): unknown {
  if (block.type === 'server-tool-result') return { type: block.type, toolUseId: block.toolUseId, rawType: block.rawType };
  if (block.type === 'tool-call' && !block.complete) return { type: block.type, id: block.id, name: block.name, complete: false, raw: block.raw };
  return block.type === 'thinking' ? { type: block.type, text: block.text, signature: block.signature ?? null } : block;
}
