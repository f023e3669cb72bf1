import { addUsage, isPithError, type Turn, type Usage } from '@pith/kernel';
import { refuseArgument } from '../errors.ts';
import { toCount, toDollars, toLine, toNumber } from './words.ts';

interface ModelCost { name: string; calls: number; microUsd: number; unknown: number }
interface SessionCost { turns: number; usage: Usage; models: ModelCost[] }

/** Everything that models were asked in this session, also before it was resumed, by sub-turns and plugins, and in turns that broke off. */
export async function cost(argument: string, turn: Turn): Promise<string> {
  refuseArgument('cost', argument, 'Type /cost alone.');
  const sum = await turn.recorded('cost', () => readCost(turn).catch(noTranscript));
  return sum === null ? 'What this session has cost is not known: no transcript of it is kept.' : format(sum);
}

async function readCost(turn: Turn): Promise<SessionCost> {
  const models = new Map<string, ModelCost>();
  let usage: Usage = { input: 0, output: 0 };
  const turns = new Set<string>();
  for await (const event of (await turn.service('sessions')).events(turn.sessionId)) {
    if (event.type === 'input-accepted') turns.add(event.turnId);
    if (event.type !== 'model-end') continue;
    const name = `${event.provider}/${event.model}`;
    const entry = models.get(name) ?? { name, calls: 0, microUsd: 0, unknown: 0 };
    models.set(name, entry);
    entry.calls++;
    if (event.costMicroUsd === null) entry.unknown++;
    else entry.microUsd += event.costMicroUsd;
    if (event.usage !== null) usage = addUsage(usage, event.usage);
  }
  return { turns: turns.size, usage, models: [...models.values()] };
}

function noTranscript(error: unknown): null {
  if (isPithError(error) && (error.code === 'SERVICE_MISSING' || error.code === 'SESSION_NOT_FOUND')) return null;
  throw error;
}

function format({ turns, usage: { input, output, cacheRead = 0, cacheWrite = 0 }, models }: SessionCost): string {
  if (models.length === 0) return 'No model was asked in this session, so it has cost nothing.';
  const total: ModelCost = { name: 'This session', calls: 0, microUsd: 0, unknown: 0 };
  for (const { calls, microUsd, unknown } of models) {
    total.calls += calls;
    total.microUsd += microUsd;
    total.unknown += unknown;
  }
  return [
    `${total.name}: ${toPrice(total)}`, `${toCount(turns, 'turn')}, ${toCount(total.calls, 'model call')}`, '',
    ...[['tokens in', input], ['  read from the cache', cacheRead], ['  written to the cache', cacheWrite], ['tokens out', output]].map(([what, count]) => `${String(what).padEnd(22)} ${toNumber(Number(count)).padStart(12)}`),
    ...(models.length < 2 ? [] : ['', ...models.map((each) => `${toLine(each.name, 200)}:\n  ${toPrice(each)}, ${toCount(each.calls, 'call')}`)]),
  ].join('\n');
}

function toPrice({ calls, microUsd, unknown }: ModelCost): string {
  if (unknown === 0) return toDollars(microUsd);
  return unknown === calls ? 'cost unknown' : `${toDollars(microUsd)} and the unknown cost of ${toCount(unknown, 'call')}`;
}
