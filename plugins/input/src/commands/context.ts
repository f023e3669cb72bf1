import type { ModelRequest, Turn } from '@pith/kernel';
import { lastRequest } from '../last-request.ts';
import { toCount, toLine, toNumber, wrap } from './words.ts';

/** What is in the prompt, in short. */
export async function context(_argument: string, turn: Turn): Promise<string> {
  const request = lastRequest(turn);
  const { provider, model, messages } = turn;
  const window = await turn.recorded('window', () => readWindow(turn));
  const parts = [
    ...(request === undefined ? [] : [...byOwner(request.system, (system) => turn.countTokens({ system })), ['tools', turn.countTokens({ tools: request.tools })] as const]),
    ['messages', turn.countTokens({ messages })] as const,
  ];
  const total = parts.reduce((sum, [, tokens]) => sum + tokens, 0);
  const rows = [...parts, [request === undefined ? 'so far' : 'total', total] as const];
  return [
    wrap(`${provider}/${model}, about so many tokens:`), ...rows.map(([name, tokens]) => `  ${toLine(name, 24).padEnd(24)} ${toNumber(tokens).padStart(12)}`), '',
    wrap(`${toCount(messages.length, 'message')}. ${window === null ? 'How long its window is, is not known.' : `${Math.ceil(total / window * 100)} % of a window of ${toNumber(window)} tokens.`}`),
    ...(request === undefined ? [wrap('No request was made here yet, so the system prompt and the tools are not counted.')] : []), wrap('pith context says more.'),
  ].join('\n');
}

/** Sections of the system prompt by the plugin that has put them there. */
function byOwner(system: ModelRequest['system'], count: (sections: ModelRequest['system']) => number): (readonly [string, number])[] {
  return [...Map.groupBy(system, ({ owner }) => owner)].map(([owner, sections]) => [`system, ${owner}`, count(sections)] as const);
}

async function readWindow(turn: Turn): Promise<number | null> {
  try {
    const { provider, model } = turn;
    return (await (await turn.service('pricing')).findModel?.({ provider, model }))?.contextTokens ?? null;
  } catch {
    return null; // Nobody here knows models.
  }
}
