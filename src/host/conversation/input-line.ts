import { type Block, describe, MODES, PithError, toIssueText } from '@pith/kernel';
import { z } from 'zod';
import { PROMPT_LIMIT_BYTES } from '../run/prompt.ts';
import { toPasted } from '../run/pasted.ts';

const name = z.string().optional().describe('What people call it.');
const attachment = z.union([
  z.strictObject({ text: z.string(), name }),
  z.strictObject({ data: z.string().describe('An image or a PDF, in base64.'), name }),
], { error: 'has neither a text nor bytes in base64' });

/** What a parent program may write, by type. docs/schemas/input-line.json is made of it. */
export const LINES = {
  user: z.strictObject({
    type: z.literal('user'),
    text: z.string().refine((text) => text.trim() !== '', { error: 'there is nothing in it' }).describe('What a person would type.'),
    attachments: z.array(attachment).optional().describe('What was pasted.'),
    verbatim: z.boolean().optional().describe('The text is somebody else’s: nothing in it is expanded.'),
  }).describe('One turn. It waits for the turns of the lines before it.'),
  interrupt: z.strictObject({ type: z.literal('interrupt') }).describe('Stops the turn at work, at once.'),
  answer: z.strictObject({
    type: z.literal('answer'),
    id: z.string().optional().describe('Of the question.'),
    callId: z.string().optional().describe('In the place of id: the call that the question is about.'),
    verdict: z.enum(['allow', 'deny']),
    scope: z.enum(['once', 'session', 'always']).optional().describe('How far an allow goes; once where it is not said.'),
    rules: z.array(z.string()).optional().describe('With scope always: one of the lists that the question offers.'),
    text: z.string().optional().describe('Why not, for the model; or the answer to a question for a choice or a text.'),
  }).refine(({ id, callId }) => (id === undefined) !== (callId === undefined), { error: 'it names either the id of a question or a callId, and not both' }).describe('Answers a question, at once.'),
  'set-mode': z.strictObject({ type: z.literal('set-mode'), mode: z.enum(MODES) }).describe('Another permission mode, at once: from the next call on.'),
  'set-model': z.strictObject({ type: z.literal('set-model'), model: z.string().optional(), provider: z.string().optional() })
    .refine(({ model, provider }) => model !== undefined || provider !== undefined, { error: 'it names neither a model nor a provider' }).describe('Another model for the lines that come after.'),
} as const;

export type LineType = keyof typeof LINES;
export type AnswerLine = z.output<typeof LINES.answer>;
export type InputLine =
  | { type: 'user'; text: string; attachments?: readonly Block[]; verbatim?: true }
  | z.output<typeof LINES.interrupt>
  | AnswerLine
  | z.output<typeof LINES['set-mode']>
  | z.output<typeof LINES['set-model']>;

const HINT = 'docs/piping.md has an example of every line.';

/** A line that nothing is done for, with the reason. @param what goes on from “Line 3 of the input” */
export function lineError(number: number, what: string, code: 'INPUT_INVALID' | 'INPUT_TOO_LARGE' = 'INPUT_INVALID'): PithError {
  return new PithError(`Line ${number} of the input ${what}`, { code, hint: HINT, details: { line: number } });
}

/**
 * One line of what a parent program writes.
 * @throws PithError INPUT_INVALID, INPUT_TOO_LARGE, naming the line
 */
export function parseLine(bytes: Uint8Array, number: number): InputLine {
  const value = readJson(bytes, number);
  const { type } = value;
  if (typeof type !== 'string' || !Object.hasOwn(LINES, type)) throw lineError(number, `has the type ${describe(type)}; there are ${Object.keys(LINES).join(', ')}`);
  const schema = LINES[type as LineType];
  const { data, error } = schema.safeParse(value);
  if (error !== undefined) throw lineError(number, `does not fit: ${toIssueText(error.issues, { value, keys: Object.keys(schema.shape) })}`);
  return data.type === 'user' ? toUserLine(data, number) : data;
}

function readJson(bytes: Uint8Array, number: number): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw lineError(number, 'is not text: it is no UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw lineError(number, 'is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw lineError(number, `is ${describe(value)}, not an object`);
  return value as Record<string, unknown>;
}

function toUserLine({ type, text, attachments, verbatim }: z.output<typeof LINES.user>, number: number): InputLine {
  if (Buffer.byteLength(text) > PROMPT_LIMIT_BYTES) throw lineError(number, `has a text of more than ${PROMPT_LIMIT_BYTES / 1024 / 1024} MiB`, 'INPUT_TOO_LARGE');
  const pasted = attachments === undefined ? [] : toPasted(attachments);
  if (typeof pasted === 'string') throw lineError(number, pasted);
  return { type, text, ...(pasted.length === 0 ? {} : { attachments: pasted }), ...(verbatim === true ? { verbatim } : {}) };
}
