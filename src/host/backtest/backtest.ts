import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type KernelOptions, type PluginDefinition, PithError, type SessionStore, type SessionSummary, toMessage } from '@pith/kernel';
import { type JudgedCall, judgeCalls, type Now } from './judge-calls.ts';
import { readCalls } from './recorded-calls.ts';

export interface BacktestRow extends JudgedCall { session: string }

export interface Backtest {
  rule: string;
  sessions: number;
  calls: number;
  flipped: number;
  /** Calls by what would become of them. */
  now: Partial<Record<Now, number>>;
  /** Calls that cannot be judged again, since a transcript without a recording does not hold what they would have touched. */
  lacking: number;
  /** Sessions that could not be read, a sentence each. */
  unreadable: string[];
  /** Those that flip; all of them where that was asked for. */
  rows: BacktestRow[];
}

interface Request { store: SessionStore; sinceMs: number; session?: string | undefined; all: boolean; kernel: Pick<KernelOptions, 'options' | 'knownPlugins' | 'paths'> }

/** Puts every recorded call through a rule. */
export async function backtest(rule: PluginDefinition, { store, sinceMs, session, all, kernel }: Request): Promise<Backtest> {
  const result: Backtest = { rule: rule.name, sessions: 0, calls: 0, flipped: 0, now: {}, lacking: 0, unreadable: [], rows: [] };
  const chosen: readonly Pick<SessionSummary, 'id'>[] = session === undefined ? (await store.list()).filter(({ updatedMs }) => updatedMs >= sinceMs).reverse() : [{ id: session }];
  for (const { id } of chosen) {
    const recorded = await store.recording(id).catch((error: unknown) => {
      if (session !== undefined) throw error;
      result.unreadable.push(toMessage(error));
      return undefined;
    });
    if (recorded === undefined) continue;
    result.sessions++;
    for (const part of recorded.sittings) {
      const { calls, lacking } = readCalls(part);
      result.lacking += lacking;
      if (calls.length === 0) continue;
      const plugins = part.events.flatMap((event) => (event.type === 'input-accepted' ? event.plugins : []));
      const judged = await judgeCalls(rule, calls, { ...kernel, knownPlugins: [...kernel.knownPlugins ?? [], ...plugins] });
      for (const call of judged) {
        result.calls++;
        if (call.flipped) result.flipped++;
        result.now[call.now] = (result.now[call.now] ?? 0) + 1;
        if (all || call.flipped) result.rows.push({ session: recorded.id, ...call });
      }
    }
  }
  return result;
}

/** @throws PithError HOOK_FILE_INVALID */
export async function loadRule(file: string): Promise<PluginDefinition> {
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolve(file)).href) as typeof loaded;
  } catch (error) {
    throw new PithError(`The hook file ${file} cannot be loaded: ${toMessage(error)}`, { code: 'HOOK_FILE_INVALID', cause: error, hint: 'Name a .ts or .js file that exports definePlugin({ … }) as default.' });
  }
  const rule = loaded.default as Partial<PluginDefinition> | undefined;
  if (typeof rule === 'object' && rule !== null && typeof rule.name === 'string') return rule as PluginDefinition;
  throw new PithError(`The hook file ${file} does not export a plugin as default`, { code: 'HOOK_FILE_INVALID', hint: 'It ends in: export default definePlugin({ name: \'…\', setup({ hooks }) { … } })' });
}
