import type { Message, ModelRequest, SystemSection, ToolSpec } from '@pith/kernel';
import { type BodyField, type BodyWriter, cacheText, createBodyWriter, inList, inOne } from '../body.ts';
import { toConversation } from '../conversation.ts';
import type { Json } from '../json.ts';
import { toJson } from '../well-formed.ts';
import { toWireBlocks, type WireBlock } from './block.ts';
import { defaultMaxTokens, thinkingOff, thinksByBudget } from './model.ts';

/** The API takes this many cache breakpoints in a request; of more than that the last are kept. */
export const MAX_MARKERS = 4;

export interface AnthropicWriterOptions {
  /** `max_tokens` where the request names none. Default: by the model's name. */
  maxOutputTokens?: number | undefined;
  /** Where a request of a turn marks nothing, mark the end of the system prompt and of the conversation. Default true. */
  autoCache?: boolean;
  /** Whether breakpoints are sent at all. Default true. */
  cache?: boolean;
}

/** A message, or the system prompt, with its JSON text as it is without breakpoints, and whether it asks for one. */
interface Piece { role: Message['role'] | undefined; blocks: readonly WireBlock[]; text: string; asks: boolean }

/** The breakpoints that are sent, by piece: block → marker. Nearly all pieces have none, and are not looked into. */
type Markers = ReadonlyMap<Piece, ReadonlyMap<WireBlock, Json>>;

const NO_MARKERS: Markers = new Map();

/** `POST /v1/messages` */
export function createAnthropicWriter({ maxOutputTokens, autoCache = true, cache = true }: AnthropicWriterOptions = {}): BodyWriter {
  const toolsText = cacheText((tools: readonly ToolSpec[]) => (tools.length === 0 ? undefined : tools.map(toTool)));
  const systemPiece = cachePiece((sections: readonly SystemSection[]) => ({ role: undefined, blocks: toSystemBlocks(sections) }));
  const messagePiece = cachePiece((message: Message) => ({ role: message.role, blocks: toWireBlocks(message) }));

  return createBodyWriter((request) => {
    const system = systemPiece(request.system);
    const messages = toConversation(request.messages).map(messagePiece).filter(({ blocks }) => blocks.length > 0);
    const markers = cache ? chooseMarkers([system, ...messages], autoCache && request.purpose === 'turn') : NO_MARKERS;
    const tools: BodyField = {
      key: 'tools',
      value: () => (request.tools.length === 0 ? undefined : request.tools.map(toTool)),
      texts: () => inOne(toolsText(request.tools)),
    };
    return {
      head: toHead(request, maxOutputTokens),
      fields: [
        tools,
        {
          key: 'system',
          value: () => (system.blocks.length === 0 ? undefined : toBlocks(system, markers)),
          texts: () => (system.blocks.length === 0 ? undefined : [toText(system, markers)]),
        },
        {
          key: 'messages',
          value: () => messages.map((piece) => ({ role: piece.role, content: toBlocks(piece, markers) })),
          texts: () => inList(messages.map((piece) => toText(piece, markers))),
        },
      ],
    };
  });
}

/**
 * The version header a request needs, where it is not the client's own: since 2026-10-21 the API refuses sampling
 * parameters, which the version before still takes.
 */
export function versionFor({ options }: ModelRequest): string | undefined {
  const samples = options.temperature !== undefined || ['temperature', 'top_p', 'top_k'].some((key) => key in (options.body ?? {}));
  return samples ? '2023-06-01' : undefined;
}

/** The beta features that a request needs. @see the vendor's page “Task budgets” */
export function betasFor({ options }: ModelRequest): readonly string[] {
  return options.taskBudgetTokens === undefined ? [] : ['task-budgets-2026-03-13'];
}

function toHead({ model, tools, options }: ModelRequest, maxOutputTokens: number | undefined): Json {
  const { temperature, effort, thinkingTokens, taskBudgetTokens, stopSequences, toolChoice, schema } = options;
  const thinking = toThinking(model, thinkingTokens);
  const limit = options.maxOutputTokens ?? maxOutputTokens ?? defaultMaxTokens(model);
  // Thinking counts towards the limit, which must be the greater of the two.
  const budget = typeof thinking?.['budget_tokens'] === 'number' ? thinking['budget_tokens'] : 0;
  const output: Json = {
    ...(effort === undefined ? {} : { effort }),
    ...(taskBudgetTokens === undefined ? {} : { task_budget: { type: 'tokens', total: taskBudgetTokens } }),
    ...(schema === undefined ? {} : { format: { type: 'json_schema', schema } }),
  };
  return {
    model,
    max_tokens: budget < limit ? limit : limit + budget,
    stream: true,
    ...(thinking === undefined ? {} : { thinking }),
    ...(Object.keys(output).length === 0 ? {} : { output_config: output }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(stopSequences === undefined || stopSequences.length === 0 ? {} : { stop_sequences: stopSequences }),
    ...(toolChoice === undefined || tools.length === 0 ? {} : { tool_choice: toToolChoice(toolChoice) }),
  };
}

function toThinking(model: string, tokens: number | undefined): Json | undefined {
  if (tokens === undefined) return undefined;
  if (tokens === 0) return { type: thinkingOff(model) };
  return thinksByBudget(model) ? { type: 'enabled', budget_tokens: Math.max(1024, tokens) } : { type: 'adaptive', display: 'summarized' };
}

function toToolChoice(choice: NonNullable<ModelRequest['options']['toolChoice']>): Json {
  if (typeof choice === 'object') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}

function toTool({ name, description, inputSchema }: ToolSpec): Json {
  return { name, description, input_schema: 'type' in inputSchema ? inputSchema : { type: 'object', ...inputSchema } };
}

function toSystemBlocks(sections: readonly SystemSection[]): WireBlock[] {
  const made: WireBlock[] = [];
  for (const { text, cache, stability } of sections) {
    // What changes is no good end of what is kept.
    if (text.trim() !== '') made.push({ block: { type: 'text', text }, marker: undefined, markable: stability === 'stable' });
    const last = made.at(-1);
    if (cache && last !== undefined) last.marker = { type: 'ephemeral' };
  }
  return made;
}

function cachePiece<K extends object>(make: (key: K) => Pick<Piece, 'role' | 'blocks'>): (key: K) => Piece {
  const pieces = new WeakMap<K, Piece>();
  return (key) => {
    let piece = pieces.get(key);
    if (piece === undefined) {
      const { role, blocks } = make(key);
      pieces.set(key, piece = { role, blocks, text: writePiece(role, blocks), asks: blocks.some(({ marker }) => marker !== undefined) });
    }
    return piece;
  };
}

function chooseMarkers(pieces: readonly Piece[], auto: boolean): Markers {
  const asked = pieces.filter(({ asks }) => asks).flatMap((piece) => piece.blocks.flatMap((block) => (block.marker === undefined ? [] : [{ piece, block, marker: block.marker }])));
  if (asked.length > 0 || !auto) return byPiece(asked.slice(-MAX_MARKERS));
  return byPiece([pieces[0]!, pieces.at(-1)!].flatMap((piece) => {
    const block = piece.blocks.findLast(({ markable }) => markable);
    return block === undefined ? [] : [{ piece, block, marker: { type: 'ephemeral' } }];
  }));
}

function byPiece(chosen: readonly { piece: Piece; block: WireBlock; marker: Json }[]): Markers {
  const markers = new Map<Piece, Map<WireBlock, Json>>();
  for (const { piece, block, marker } of chosen) markers.set(piece, (markers.get(piece) ?? new Map<WireBlock, Json>()).set(block, marker));
  return markers;
}

function toText(piece: Piece, markers: Markers): string {
  const own = markers.get(piece);
  return own === undefined ? piece.text : writePiece(piece.role, piece.blocks, own);
}

function writePiece(role: Piece['role'], blocks: Piece['blocks'], own?: ReadonlyMap<WireBlock, Json>): string {
  const content = `[${blocks.map((each) => toJson(mark(each, own))).join(',')}]`;
  return role === undefined ? content : `{"role":"${role}","content":${content}}`;
}

function toBlocks(piece: Piece, markers: Markers): Json[] {
  return piece.blocks.map((each) => mark(each, markers.get(piece)));
}

function mark(wire: WireBlock, own: ReadonlyMap<WireBlock, Json> | undefined): Json {
  const marker = own?.get(wire);
  return marker === undefined ? wire.block : { ...wire.block, cache_control: marker };
}
