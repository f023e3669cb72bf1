import type { Account } from '../account/account.ts';
import type { Payload } from '../books/payloads.ts';
import type { RequestRow } from '../books/row.ts';
import type { SharedKeys } from '../keys/shared-keys.ts';

type Names = { find(idOrName: string): Account | undefined };

/** Accounts by name or id, as ids; what is none stays, since accounts that are gone still have requests. */
export function toAccountIds(words: readonly string[] | undefined, pool: Names): { accounts?: string[] } {
  return words === undefined || words.length === 0 ? {} : { accounts: words.map((word) => pool.find(word)?.id ?? word) };
}

/** Of an account that is gone, its id. */
export function nameOf(accountId: string | null, pool: Names): string | null {
  return accountId === null ? null : pool.find(accountId)?.name ?? accountId;
}

/** Of client keys; of one that is gone, its id. */
export async function keyNames(keys: Pick<SharedKeys, 'store'>, used: readonly unknown[]): Promise<(id: string) => string> {
  const names = new Map(used.length === 0 ? [] : (await keys.store.list()).map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

export const toTime = (atMs: number | null | undefined): string | null => (atMs === null || atMs === undefined ? null : new Date(atMs).toISOString());

export const toUsd = (microUsd: number): number => microUsd / 1_000_000;

/** As the hundredths that people read. */
export const toPercent = (share: number | null): number | null => (share === null ? null : share * 100);

/** By the names that the dashboards of such pools know, and what else is on the books. */
export function toRow(row: RequestRow, toName: (accountId: string | null) => string | null): object {
  const { id, atMs, method, path, accountId, status, end, error, durationMs, attempts, model, sentModel, askedModel, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costMicroUsd, agent, tokensPerSecond, ...more } = row;
  const prompt = sum(inputTokens, cacheReadTokens, cacheWriteTokens);
  return {
    id, timestamp: toTime(atMs), method, path, accountUsed: toName(accountId), accountId, statusCode: status, success: status !== null && status < 400 && (end === 'complete' || end === 'aborted'), errorMessage: error, responseTimeMs: durationMs,
    failoverAttempts: Math.max(0, attempts - 1), model: model ?? sentModel ?? askedModel, originalModel: askedModel, appliedModel: sentModel, promptTokens: prompt, completionTokens: outputTokens, totalTokens: sum(prompt, outputTokens), inputTokens,
    cacheReadInputTokens: cacheReadTokens, cacheCreationInputTokens: cacheWriteTokens, outputTokens, costUsd: costMicroUsd === null ? null : toUsd(costMicroUsd), costMicroUsd, agentUsed: agent, tokensPerSecond, streamTerminalState: end, ...more,
  };
}

function sum(...parts: readonly (number | null)[]): number | null {
  return parts.every((part) => part === null) ? null : parts.reduce<number>((total, part) => total + (part ?? 0), 0);
}

export function toPayload(payload: Payload | undefined): object {
  return { request: payload?.request ?? null, response: payload?.reply ?? null };
}
