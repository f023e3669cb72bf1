/**
 * The message model, the same for every provider. Providers translate at their edge, losslessly both ways: what pith
 * has no word for travels as `unknown`, and what only the vendor needs back travels in `vendor`.
 */

export interface TextBlock { type: 'text'; text: string; citations?: readonly unknown[] }
export interface ThinkingBlock { type: 'thinking'; text: string; signature?: string }
export interface RedactedThinkingBlock { type: 'redacted-thinking'; data: string }
export interface RefusalBlock { type: 'refusal'; text: string }
export interface ServerToolCallBlock { type: 'server-tool-call'; id: string; name: string; input: unknown }
export interface ServerToolResultBlock { type: 'server-tool-result'; toolUseId: string; rawType: string; raw: unknown }
export interface UnknownBlock { type: 'unknown'; rawType: string; raw: unknown }

/** Where the bytes of an image or a document are. `data` is base64. */
export type Source = { kind: 'base64'; mediaType: string; data: string } | { kind: 'url'; url: string };
export interface ImageBlock { type: 'image'; source: Source }
export interface DocumentBlock { type: 'document'; source: Source; title?: string }

/** `raw` is what had arrived of an input that did not arrive whole; such a call is never run. */
export type ToolCallBlock =
  | { type: 'tool-call'; id: string; name: string; input: unknown; complete: true }
  | { type: 'tool-call'; id: string; name: string; input: undefined; complete: false; raw: string };

export type ToolContent = (TextBlock | ImageBlock | DocumentBlock) & Pick<BlockMarks, 'label'>;
export interface ToolResultBlock { type: 'tool-result'; toolCallId: string; content: readonly ToolContent[]; isError?: boolean }

type AnyBlock =
  | TextBlock | ThinkingBlock | RedactedThinkingBlock | RefusalBlock
  | ToolCallBlock | ToolResultBlock | ServerToolCallBlock | ServerToolResultBlock
  | ImageBlock | DocumentBlock | UnknownBlock;

/** Who put a block there and what it is: for people, and for whoever makes room. The model does not see it. */
export interface Label {
  /** The plugin. */
  owner: string;
  /** As `git`, `@src/a.ts`. */
  name: string;
  /** It stays when room is made: of what is pinned under one owner and name, what the newest message says. */
  pinned?: true;
}

export interface BlockMarks {
  /** A prompt-cache breakpoint after this block. Not part of the prefix itself. */
  cache?: boolean;
  /** What one vendor needs back byte for byte; the others ignore it. */
  vendor?: { provider: string; raw: unknown };
  label?: Label;
}

export type Block = AnyBlock & BlockMarks;

export interface Message {
  role: 'user' | 'assistant';
  content: readonly Block[];
  /** The vendor's id of an assistant message. */
  id?: string;
}

/**
 * Tokens; a later count of the same reply replaces an earlier one. The four counts do not overlap: what was read from
 * the prompt cache or written to it is not counted in `input` again.
 */
export interface Usage {
  input: number;
  /** Reasoning included. */
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
}

/** One thing that a vendor limits, as far as its headers tell. */
export interface LimitWindow {
  limit?: number;
  remaining?: number;
  /** Milliseconds since 1970. */
  resetAtMs?: number;
  /** The vendor's own word. */
  status?: string;
}

/** What a vendor said of an account's limits in the headers of an answer, good or bad. */
export interface RateLimits {
  /** When another request may be made, in milliseconds since 1970, where the vendor names a time to wait. */
  retryAtMs?: number;
  /** By the vendor's own names: `requests`, `tokens`, `input-tokens`, `unified`, `unified-5h`. What is not certain is left out. */
  windows: Readonly<Record<string, LimitWindow>>;
  /** The headers as they came, at most 32 of 200 characters. */
  headers: Readonly<Record<string, string>>;
}

/** The last reply of the model, as received. Its shape is part of the `--output json` contract. */
export interface Reply {
  status: 'complete' | 'truncated' | 'error';
  id: string | null;
  model: string | null;
  /** The provider's own word for why it stopped. */
  stop: string | null;
  stopSequence?: string;
  error?: { type: string; message: string };
  retryAfterS?: number;
  blocks: readonly Block[];
  usage: Usage | null;
}

/** One section of the system prompt. Volatile sections belong to the tail, so that the cached prefix stays. */
export interface SystemSection {
  id: string;
  text: string;
  owner: string;
  stability: 'stable' | 'volatile';
  cache?: boolean;
}

/** What the model is told of a tool. */
export interface ToolSpec {
  name: string;
  description: string;
  inputSchema: Readonly<Record<string, unknown>>;
  owner: string;
}

/** Everything a model call is made from. Frozen; a tap that changes something hands on a new one. */
export interface ModelRequest {
  provider: string;
  model: string;
  system: readonly SystemSection[];
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  /** `turn` for the steps of a turn; a plugin's own word for `turn.callModel`. */
  purpose: string;
  /** `overflow` when the request before was too long for the model and room must be made. */
  reason: 'step' | 'overflow';
  options: ModelOptions;
  /** Whose account pays, where that is not the provider's own key. Set by the tap that chooses accounts. */
  access?: ModelAccess;
}

/** An account, in the place of the key and the address that a provider finds by itself. */
export interface ModelAccess {
  /** As people call it. */
  readonly account: string;
  /** Up to and without the API's version. Default: the vendor's own, whatever the environment says. */
  readonly baseUrl?: string;
  /** Headers with the credential. A function, so that a request that is written down never holds a key. */
  authorize(): Readonly<Record<string, string>>;
}

/** Every one may be absent: then the provider's own default holds. */
export interface ModelOptions {
  maxOutputTokens?: number;
  temperature?: number;
  effort?: string;
  /** Tokens the model may think with; 0 switches thinking off. */
  thinkingTokens?: number;
  /** Tokens the model is told it has for the whole task, over all steps: a word of advice, not a limit. Only for providers that know it. */
  taskBudgetTokens?: number;
  stopSequences?: readonly string[];
  toolChoice?: 'auto' | 'none' | 'required' | { name: string };
  /** JSON Schema of a structured answer. */
  schema?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
  /** Merged into the body of the vendor's request, last. */
  body?: Readonly<Record<string, unknown>>;
}

/**
 * What a provider yields. `index` numbers the blocks of the reply. Deltas are for showing; `block` is the finished block;
 * the one `end` carries the whole reply and closes the stream. `alive` shows nothing: bytes came that mean nothing yet, as
 * while a model thinks unseen, so the provider is not silent. `limits` go out once, with the first event of an answer.
 */
export type ModelEvent = { usage?: Usage; limits?: RateLimits } & (
  | { type: 'start'; id: string | null; model: string | null }
  | { type: 'alive' }
  | { type: 'text-delta'; index: number; text: string }
  | { type: 'thinking-delta'; index: number; text: string }
  | { type: 'tool-input-delta'; index: number; id: string; name: string; json: string }
  | { type: 'block'; index: number; block: Block }
  | { type: 'end'; reply: Reply; account?: string; costMicroUsd?: number | null }
);

export function textMessage(role: Message['role'], text: string): Message {
  return { role, content: [{ type: 'text', text }] };
}

/**
 * A reply as it stands in the history. Of one that did not end as it should, what cannot be sent again is left out:
 * thinking without its signature. Nothing when nothing is left.
 */
export function replyMessage({ status, blocks, id }: Reply): Message | undefined {
  const content = status === 'complete' ? blocks : blocks.filter((block) => block.type !== 'thinking' || block.signature !== undefined);
  if (content.length === 0) return undefined;
  return { role: 'assistant', content, ...(id === null ? {} : { id }) };
}

/** All text of the blocks, joined; thinking, calls and refusals left out. */
export function toText(blocks: readonly Block[]): string {
  let text = '';
  for (const block of blocks) if (block.type === 'text') text += block.text;
  return text;
}

/** The result of a call that the turn ended before. Whoever rebuilds a history writes the same. */
export function toOpenResult(toolCallId: string, text = 'The turn ended before this call had a result.'): ToolResultBlock {
  return { type: 'tool-result', toolCallId, content: [{ type: 'text', text }], isError: true };
}

export function addUsage(a: Usage, b: Usage): Usage {
  const sum: Usage = { input: a.input + b.input, output: a.output + b.output };
  const read = (a.cacheRead ?? 0) + (b.cacheRead ?? 0);
  const write = (a.cacheWrite ?? 0) + (b.cacheWrite ?? 0);
  if (read > 0) sum.cacheRead = read;
  if (write > 0) sum.cacheWrite = write;
  return sum;
}
