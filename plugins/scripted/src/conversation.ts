import { readFile } from 'node:fs/promises';
import { EXIT, PithError, toMessage, type Usage } from '@pith/kernel';
import { z } from 'zod';

const texts = z.union([z.string(), z.array(z.string()).min(1)]).transform((value) => (typeof value === 'string' ? [value] : value));

/** What a reply expects of the request that it answers. Every part that is given must hold. */
const expectation = z.strictObject({
  /** Texts that the last message contains: what the user said, or the tool results. */
  last: texts.optional(),
  /** Texts that the last message does not contain. */
  absent: texts.optional(),
  /** Texts that the system prompt contains. */
  system: texts.optional(),
  /** Tools that are offered. */
  tools: z.array(z.string()).optional(),
  /** How many messages the request holds. */
  messages: z.int().positive().optional(),
});

const reply = z.strictObject({
  expect: expectation.optional(),
  thinking: z.string().optional(),
  text: z.string().optional(),
  calls: z.array(z.strictObject({ id: z.string().optional(), tool: z.string(), input: z.record(z.string(), z.unknown()).default({}) })).optional(),
  stop: z.string().optional(),
  usage: z.strictObject({ input: z.int().nonnegative(), output: z.int().nonnegative(), cacheRead: z.int().nonnegative().optional(), cacheWrite: z.int().nonnegative().optional() }).optional(),
  costMicroUsd: z.int().nonnegative().optional(),
  /** Waits before each piece of text, in milliseconds. */
  delayMs: z.int().min(0).max(60_000).optional(),
  /** The reply breaks off after its text, without its end. */
  truncated: z.literal(true).optional(),
  /** The provider fails instead of answering. */
  error: z.strictObject({ message: z.string(), code: z.enum(['PROVIDER_FAILED', 'CONTEXT_TOO_LONG']).default('PROVIDER_FAILED') }).optional(),
});

const conversation = z.strictObject({ v: z.literal(1), replies: z.array(reply).min(1), purposes: z.record(z.string(), reply).optional() });

export type Expectation = z.output<typeof expectation>;
export type ScriptedReply = z.output<typeof reply> & { usage?: Usage | undefined };
export type Conversation = z.output<typeof conversation>;

/**
 * Reads a conversation file.
 * @throws PithError SCRIPT_UNREADABLE, SCRIPT_INVALID; both exit 2
 */
export async function readConversation(file: string): Promise<Conversation> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new PithError(`The conversation ${file} cannot be read: ${toMessage(error)}`, { code: 'SCRIPT_UNREADABLE', exitCode: EXIT.usage, cause: error, hint: 'Name a JSON file: pith run --model ./conversation.json "…"' });
  }
  const parsed = conversation.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new PithError(`The conversation ${file} is not valid: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`, { code: 'SCRIPT_INVALID', exitCode: EXIT.usage, hint: 'README of @pith/plugin-scripted shows the form.' });
}
