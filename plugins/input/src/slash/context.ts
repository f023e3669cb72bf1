import { reportContext, type RequestPart, toParts, type Turn, type WindowLimits } from '@pith/kernel';
import { refuseArgument } from '../errors.ts';
import { findService } from '../find-service.ts';
import { lastRequest } from '../last-request.ts';
import { COLUMNS, toCount, toLine, toNumber } from './words.ts';

/** Of each place, so many parts have a line of their own. */
const ROWS_MAX = 12;
const PLACES = ['system', 'tools', 'messages'] as const;

/** What is in the prompt, in short: the parts that `pith context` shows. */
export async function context(argument: string, turn: Turn): Promise<string> {
  refuseArgument('context', argument, 'Type /context alone. What a prompt would add: pith context --continue PROMPT');
  const request = lastRequest(turn);
  const { provider, model, messages } = turn;
  const limits = await turn.recorded('window', () => readLimits(turn));
  const { system, tools } = request ?? { system: [], tools: [] };
  const total = request === undefined && messages.length === 0 ? 0 : turn.countTokens({ system, tools, messages });
  const parts = toParts(reportContext({ provider, model, system, tools, messages, purpose: 'turn', reason: 'step', options: {} }), total);
  const digits = toNumber(total).length;
  const toRow = (name: string, tokens: number, indent = ''): string => {
    const columns = COLUMNS - 1 - digits;
    return `${indent}${toLine(name, columns - indent.length)}`.padEnd(columns) + ` ${toNumber(tokens).padStart(digits)}`;
  };
  return [
    `${provider}/${model}, about so many tokens:`,
    ...PLACES.flatMap((place) => shorten(parts.filter((part) => part.in === place)).map(([name, tokens], index) => `${index === 0 ? `${place}\n` : ''}${toRow(name, tokens, '  ')}`)),
    toRow(request === undefined ? 'so far' : 'total', total), '',
    `${toCount(messages.length, 'message')}. ${toWindow(limits, total)}`,
    ...(request === undefined ? ['No request was made here yet, so the system prompt and the tools are not counted.'] : []), 'pith context says more.',
  ].join('\n');
}

function toWindow(limits: Limits | null, tokens: number): string {
  const window = limits?.isKnown ? `${Math.ceil(tokens / limits.windowTokens * 100)} % of a window of ${toNumber(limits.windowTokens)} tokens` : 'How long its window is, is not known';
  const threshold = limits?.thresholdTokens ?? null;
  return threshold === null ? `${window}.` : `${window}; above ${toNumber(threshold)} room is made.`;
}

/** The first ones, which of messages are the largest, and the rest in one. */
function shorten(parts: readonly RequestPart[]): [name: string, tokens: number][] {
  const shown = parts.length <= ROWS_MAX ? parts : parts.slice(0, ROWS_MAX - 1);
  const rest = parts.slice(shown.length);
  return [...shown.map((part): [string, number] => [toTitle(part), part.tokens]), ...(rest.length === 0 ? [] : [[`${rest.length} more`, rest.reduce((sum, { tokens }) => sum + tokens, 0)] as [string, number]])];
}

function toTitle({ in: place, name, owner, count }: RequestPart): string {
  if (place === 'tools') return `${count} of ${owner}`;
  return count === 1 ? name : `${name} × ${count}`;
}

type Limits = Omit<WindowLimits, 'thresholdTokens'> & { thresholdTokens: number | null };

async function readLimits(turn: Turn): Promise<Limits | null> {
  const { provider, model } = turn;
  const limits = await (await findService('compaction', turn))?.limitsOf({ provider, model });
  if (limits !== undefined) return limits;
  const windowTokens = (await (await findService('pricing', turn))?.findModel?.({ provider, model }))?.contextTokens ?? null;
  return windowTokens === null ? null : { windowTokens, isKnown: true, thresholdTokens: null };
}
