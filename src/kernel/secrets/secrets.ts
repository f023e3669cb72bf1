import { createRedactor, findMask } from '@pith/redact';
import { PithError } from '../errors.ts';
import type { Question } from '../event.ts';
import { deepFreeze } from '../base/freeze.ts';
import type { Block, Message, ModelRequest } from '../message.ts';

/** What may be shown nowhere, and how it is taken out of what is said, kept or sent. A mask stands in its place: `[secret:NAME]`. */
export interface Secrets {
  /**
   * From now on this value is hidden wherever it would appear, also encoded.
   * @param label what stands in the mask: a name, never the value
   * @param options `guessable`: also where it is a word, a path or an address
   * @returns false where it is shorter than eight characters, or too common
   */
  add(value: string, label: string, options?: { guessable?: boolean }): boolean;
  redact(text: string): string;
  /** A copy of a JSON value without secrets; the value itself where it holds none. */
  redactDeep<T>(value: T): T;
  /** As `redactDeep`, of the values only that it was told: for what was masked when it was kept, which is a quarter of the work. */
  redactKnownDeep<T>(value: T): T;
  /** For a person who must decide: what a shell could run is never hidden, unless it is a value that is known. */
  redactQuestion(text: string): string;
  /** For a text that comes in pieces, wherever they are cut. */
  stream(): SecretStream;
}

export interface SecretStream {
  readonly isHolding: boolean;
  /** @returns what may be shown by now */
  push(piece: string): string;
  /** @returns what was held back */
  end(): string;
}

/** Knows what keys look like, and no value. */
export function createSecrets(): Secrets {
  return createRedactor();
}

/** The inputs that a model gave where its history holds masks. What runs is the call itself. */
const inputs = new WeakMap<Block, unknown>();

/** A finished block as the history will hold it. */
export function maskBlock(block: Block, secrets: Secrets): Block {
  const clean = secrets.redactDeep(block);
  if (clean === block) return block;
  if (clean.type === 'tool-call') inputs.set(clean, deepFreeze((block as typeof clean).input));
  // Its signature is one of the words that were there. Without it the block is kept, and not sent again.
  if (clean.type === 'thinking') return Object.freeze({ type: 'thinking', text: clean.text });
  return clean;
}

/** What a call is to run with. */
export function inputOf(call: Extract<Block, { type: 'tool-call' }>): unknown {
  return inputs.has(call) ? inputs.get(call) : call.input;
}

/** Everything of a request that the model reads. Its headers are not: they hold the key that opens the provider. */
export function maskRequest(request: ModelRequest, secrets: Secrets): ModelRequest {
  const system = secrets.redactDeep(request.system);
  const messages: readonly Message[] = secrets.redactDeep(request.messages);
  const tools = secrets.redactDeep(request.tools);
  if (system === request.system && messages === request.messages && tools === request.tools) return request;
  return Object.freeze({ ...request, system, messages, tools });
}

/** A question as it is put to a person. */
export function maskQuestion(question: Question, secrets: Secrets): Question {
  const mask = (text: string): string => secrets.redactQuestion(text);
  const { title, body, reasons, rule, always, options, diff, ...others } = question;
  // A rule with a secret in it is not offered for good: it would lie in a settings file.
  const lasting = always?.filter((rules) => rules.every((text) => mask(text) === text)) ?? [];
  return {
    ...others, title: mask(title), body: mask(body), reasons: reasons.map(mask),
    ...(rule === undefined ? {} : { rule: mask(rule) }), ...(lasting.length === 0 ? {} : { always: lasting }), ...(options === undefined ? {} : { options: options.map(mask) }), ...(diff === undefined ? {} : { diff: mask(diff) }),
  };
}

/** The first mask in an input: written down, it would take the place of the value that it stands for. */
export function maskIn(input: unknown): string | undefined {
  if (typeof input === 'string') return findMask(input);
  if (typeof input !== 'object' || input === null) return undefined;
  for (const item of Object.values(input)) {
    const mask = maskIn(item);
    if (mask !== undefined) return mask;
  }
  return undefined;
}

export function maskedError(tool: string, mask: string): PithError {
  return new PithError(`Not run: the input of ${tool} holds ${mask}, which stands in the place of a value that nobody is shown`, {
    code: 'SECRET_MASKED', hint: 'Change other lines only, or let the program read the value from its file or its environment, by name.',
  });
}
