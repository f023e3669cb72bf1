import type { ModelRequest, Turn, WindowLimits } from '@pith/kernel';
import { refuseArgument } from '../errors.ts';
import { findService } from '../find-service.ts';
import { lastRequest } from '../last-request.ts';
import { toCount, toLine, toNumber, wrap } from './words.ts';

/** What is in the prompt, in short. */
export async function context(argument: string, turn: Turn): Promise<string> {
  refuseArgument('context', argument, 'Type /context alone. What a prompt would add: pith context --continue PROMPT');
  const request = lastRequest(turn);
  const { provider, model, messages } = turn;
  const limits = await turn.recorded('window', () => readLimits(turn));
  const parts = [
    ...(request === undefined ? [] : [...byOwner(request.system, (system) => turn.countTokens({ system })), ['tools', turn.countTokens({ tools: request.tools })] as const]),
    ['messages', turn.countTokens({ messages })] as const,
  ];
  const total = parts.reduce((sum, [, tokens]) => sum + tokens, 0);
  const rows = [...parts, [request === undefined ? 'so far' : 'total', total] as const];
  return [
    wrap(`${provider}/${model}, about so many tokens:`), ...rows.map(([name, tokens]) => `  ${toLine(name, 24).padEnd(24)} ${toNumber(tokens).padStart(12)}`), '',
    wrap(`${toCount(messages.length, 'message')}. ${toWindow(limits, total)}`),
    ...(request === undefined ? [wrap('No request was made here yet, so the system prompt and the tools are not counted.')] : []), wrap('pith context says more.'),
  ].join('\n');
}

function toWindow(limits: Limits | null, tokens: number): string {
  const window = limits?.isKnown ? `${Math.ceil(tokens / limits.windowTokens * 100)} % of a window of ${toNumber(limits.windowTokens)} tokens` : 'How long its window is, is not known';
  const threshold = limits?.thresholdTokens ?? null;
  return threshold === null ? `${window}.` : `${window}; above ${toNumber(threshold)} room is made.`;
}

/** Sections of the system prompt by the plugin that has put them there. */
function byOwner(system: ModelRequest['system'], count: (sections: ModelRequest['system']) => number): (readonly [string, number])[] {
  return [...Map.groupBy(system, ({ owner }) => owner)].map(([owner, sections]) => [`system, ${owner}`, count(sections)] as const);
}

type Limits = Omit<WindowLimits, 'thresholdTokens'> & { thresholdTokens: number | null };

async function readLimits(turn: Turn): Promise<Limits | null> {
  const { provider, model } = turn;
  const limits = await (await findService('compaction', turn))?.limitsOf({ provider, model });
  if (limits !== undefined) return limits;
  const windowTokens = (await (await findService('pricing', turn))?.findModel?.({ provider, model }))?.contextTokens ?? null;
  return windowTokens === null ? null : { windowTokens, isKnown: true, thresholdTokens: null };
}
