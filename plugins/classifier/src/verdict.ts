import { escapeControl, type Reply, toText } from '@pith/kernel';

/** What the model said of a call. */
export interface Judgement { verdict: 'allow' | 'ask' | 'deny'; reason: string }

/** A reason goes to the person, into the record, and with a no to the model. */
const REASON_CHARACTERS = 300;

export const VERDICT_SCHEMA = {
  type: 'object', additionalProperties: false, required: ['verdict', 'reason'],
  properties: { verdict: { type: 'string', enum: ['allow', 'ask', 'deny'] }, reason: { type: 'string' } },
} as const;

/** One JSON object of just this form, and nothing around it: a reply that was talked into something else is none. */
export function parseVerdict({ status, blocks }: Reply): Judgement | undefined {
  if (status !== 'complete' || blocks.some(({ type }) => type !== 'text' && type !== 'thinking' && type !== 'redacted-thinking')) return undefined;
  const text = toText(blocks);
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { verdict, reason, ...rest } = value as Record<string, unknown>;
  if (Object.keys(rest).length > 0 || (verdict !== 'allow' && verdict !== 'ask' && verdict !== 'deny') || typeof reason !== 'string' || reason.trim() === '') return undefined;
  // Of two of one name a parser keeps the last one, and which was meant nobody knows.
  if ([...text.matchAll(/"(?:verdict|reason)"\s*:/g)].length !== 2) return undefined;
  const shown = escapeControl(reason.trim());
  return { verdict, reason: shown.length > REASON_CHARACTERS ? `${shown.slice(0, REASON_CHARACTERS).toWellFormed()}…` : shown };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Prose, or JSON with something around it.
  }
}
