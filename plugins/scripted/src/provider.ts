import { resolve } from 'node:path';
import { type Block, EXIT, type ModelEvent, type ModelRequest, PithError, type Provider, type Reply, type Turn, type Usage } from '@pith/kernel';
import type { Conversation, ScriptedReply } from './conversation.ts';
import { findMismatch } from './expect.ts';

const OFFLINE = [
  'No model is set up, so this is the offline provider speaking and nothing was thought about.',
  'Keep a key with pith auth set anthropic, or set ANTHROPIC_API_KEY or OPENAI_API_KEY, or play a conversation with: pith run --model ./conversation.json "…"',
].join('\n');

/**
 * Plays conversation files. The reply is chosen by the last one in the request, so a resumed session goes on where it was, and so does one in
 * which older replies were left out to make room.
 */
export function createScriptedProvider(): Provider {
  const conversations = new Map<string, Promise<Conversation>>();
  const read = (file: string): Promise<Conversation> => {
    let known = conversations.get(file);
    if (known === undefined) {
      known = import('./conversation.ts').then(({ readConversation }) => readConversation(file));
      conversations.set(file, known);
    }
    return known;
  };
  return {
    async *stream(request, turn) {
      if (request.model === 'offline' && request.purpose === 'compaction') throw mismatch('SCRIPT_ENDED', 'The offline provider sums nothing up');
      if (request.model === 'offline') return yield* play({ text: OFFLINE }, 0, request, turn);
      const file = resolve(turn.cwd, request.model);
      const { replies, purposes = {} } = await read(file);
      const aside = Object.hasOwn(purposes, request.purpose) ? purposes[request.purpose] : undefined;
      if (aside !== undefined) return yield* play(aside, replies.length, request, turn);
      if (request.purpose === 'compaction') throw mismatch('SCRIPT_ENDED', `The conversation ${request.model} says nothing for the purpose compaction`);
      const index = nextIndex(request);
      const reply = replies[index];
      if (reply === undefined) throw mismatch('SCRIPT_ENDED', `The conversation ${request.model} has ${replies.length} replies, and one more was asked for`);
      const wrong = reply.expect === undefined ? undefined : findMismatch(request, reply.expect);
      if (wrong !== undefined) throw mismatch('SCRIPT_MISMATCH', `Reply ${index + 1} of ${request.model} does not fit: ${wrong}`);
      yield* play(reply, index, request, turn);
    },
  };
}

function nextIndex({ messages }: ModelRequest): number {
  const said = messages.filter(({ role }) => role === 'assistant');
  const number = /^scripted-(\d+)$/.exec(said.at(-1)?.id ?? '')?.[1];
  return number === undefined ? said.length : Number(number);
}

function mismatch(code: string, message: string): PithError {
  return new PithError(message, { code, exitCode: EXIT.provider, hint: 'Change the conversation file, or what it is played against.' });
}

async function* play(reply: ScriptedReply, index: number, request: ModelRequest, turn: Turn): AsyncGenerator<ModelEvent> {
  if (reply.error !== undefined) throw new PithError(reply.error.message, { code: reply.error.code, origin: 'provider', details: { retryable: false } });
  const id = `scripted-${index + 1}`;
  yield { type: 'start', id, model: request.model };
  const blocks = toBlocks(reply, index);
  for (const [at, block] of blocks.entries()) {
    if (block.type === 'text' || block.type === 'thinking') {
      for (const text of pieces(block.text)) {
        if (reply.delayMs !== undefined) await turn.sleep(reply.delayMs);
        yield { type: block.type === 'text' ? 'text-delta' : 'thinking-delta', index: at, text };
      }
      if (reply.truncated) return;
    }
    yield { type: 'block', index: at, block };
  }
  const usage = reply.usage === undefined ? estimateUsage(request, blocks) : toUsage(reply.usage);
  const stop = reply.stop ?? (reply.calls === undefined ? 'end' : 'tool-calls');
  const end: Reply = { status: 'complete', id, model: request.model, stop, blocks, usage };
  yield { type: 'end', reply: end, usage, costMicroUsd: reply.costMicroUsd ?? 0 };
}

function toBlocks({ thinking, text, calls = [] }: ScriptedReply, index: number): Block[] {
  return [
    ...(thinking === undefined ? [] : [{ type: 'thinking' as const, text: thinking }]),
    ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
    ...calls.map(({ id, tool, input }, number) => ({ type: 'tool-call' as const, id: id ?? `call-${index + 1}-${number + 1}`, name: tool, input, complete: true as const })),
  ];
}

/** Words with the space after them, so that a reply streams as a model's would. */
function pieces(text: string): string[] {
  return text.match(/\s*\S+\s*/gu) ?? [text];
}

/** Four characters a token, of all that was sent. What a scripted model counts is no vendor's count. */
function estimateUsage({ system, tools, messages }: ModelRequest, blocks: readonly Block[]): Usage {
  const characters = [system, tools, ...messages].reduce((sum, part) => sum + sizeOf(part), 0);
  return { input: Math.ceil(characters / CHARACTERS_A_TOKEN), output: Math.ceil(JSON.stringify(blocks).length / CHARACTERS_A_TOKEN) };
}

const CHARACTERS_A_TOKEN = 4;
/** Of what was sent before: requests are frozen, so the same object is the same text. */
const sizes = new WeakMap<object, number>();

function sizeOf(part: object): number {
  let size = sizes.get(part);
  if (size === undefined) sizes.set(part, size = JSON.stringify('content' in part ? part.content : part).length);
  return size;
}

function toUsage({ input, output, cacheRead, cacheWrite }: NonNullable<ScriptedReply['usage']>): Usage {
  return { input, output, ...(cacheRead === undefined ? {} : { cacheRead }), ...(cacheWrite === undefined ? {} : { cacheWrite }) };
}
