import { type RequestRow, type StartedRequest, toSpeed } from '../books/row.ts';
import type { Exchange } from './exchange.ts';

/** What those are told who watch, when a request begins. */
export function toStarted({ id, startMs, asked }: Exchange): StartedRequest {
  return {
    id, atMs: startMs, via: 'proxy', method: asked.method, path: asked.target.name, family: asked.family, askedModel: asked.facts.model, isStream: asked.facts.isStream,
    agent: asked.agent.agent ?? null, project: asked.agent.project ?? null, conversation: asked.conversation ?? null, clientKeyId: asked.key?.id ?? null,
  };
}

/** What stands on the books of a request. Its cost is added where prices are. */
export function toRow(exchange: Exchange, { end, error, nowMs }: { end: RequestRow['end']; error: string | null; nowMs: number }): RequestRow {
  const { asked, lease, told: { status, isStream, bytes, counted, ...told } } = exchange;
  const firstByteMs = told.firstByteMs === null ? null : Math.max(0, told.firstByteMs);
  // A clock may be set back meanwhile.
  const durationMs = Math.max(0, nowMs - exchange.startMs);
  return {
    id: exchange.id, atMs: exchange.startMs, via: 'proxy', method: asked.method, path: asked.target.name, family: asked.family,
    accountId: lease?.account.id ?? null, status, end, error, durationMs, firstByteMs, attempts: exchange.attempts, route: lease?.reason ?? null,
    askedModel: asked.facts.model, sentModel: lease?.model ?? null, model: counted.model, isStream,
    inputTokens: counted.inputTokens, outputTokens: counted.outputTokens, cacheReadTokens: counted.cacheReadTokens, cacheWriteTokens: counted.cacheWriteTokens, reasoningTokens: counted.reasoningTokens,
    tokensPerSecond: toSpeed(counted.outputTokens, isStream && firstByteMs !== null ? durationMs - firstByteMs : durationMs),
    costMicroUsd: null, priceDate: null, agent: asked.agent.agent ?? null, project: asked.agent.project ?? null, conversation: asked.conversation ?? null, clientKeyId: asked.key?.id ?? null,
    requestBytes: exchange.requestBytes, replyBytes: bytes,
  };
}
