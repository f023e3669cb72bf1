import type { Block, ModelEvent, Reply } from '../message.ts';
import { maskBlock, type Secrets, type SecretStream } from './secrets.ts';

type Delta = Extract<ModelEvent, { type: 'text-delta' | 'thinking-delta' | 'tool-input-delta' }>;
interface Open { stream: SecretStream; last: Delta }

/** Masks what a model says, event by event, in one stream. A secret may be spread over any number of deltas. */
export class EventMask {
  readonly #secrets: Secrets;
  /** What is being said, by the index of its block. */
  readonly #open = new Map<number, Open>();
  /** Finished blocks come twice: by themselves and in the reply. */
  readonly #blocks = new WeakMap<Block, Block>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  get isHolding(): boolean {
    for (const { stream } of this.#open.values()) if (stream.isHolding) return true;
    return false;
  }

  /** What was held back and must be said before this event; without one, before the end. */
  heldBefore(event: ModelEvent | undefined): ModelEvent | undefined {
    if (event !== undefined && event.type !== 'block' && event.type !== 'end') return undefined;
    for (const [index, { stream, last }] of this.#open) {
      if (event?.type === 'block' && event.index !== index) continue;
      this.#open.delete(index);
      const rest = stream.end();
      if (rest !== '') return toDelta(last, rest);
    }
    return undefined;
  }

  take(event: ModelEvent): ModelEvent {
    switch (event.type) {
      case 'text-delta': case 'thinking-delta': return this.#takeDelta(event, event.text);
      case 'tool-input-delta': return this.#takeDelta(event, event.json);
      case 'block': {
        const block = this.#mask(event.block);
        return block === event.block ? event : Object.freeze({ ...event, block });
      }
      case 'end': {
        const reply = this.#maskReply(event.reply);
        return reply === event.reply ? event : Object.freeze({ ...event, reply });
      }
      default: return event;
    }
  }

  #takeDelta(event: Delta, text: string): ModelEvent {
    let open = this.#open.get(event.index);
    if (open === undefined) this.#open.set(event.index, open = { stream: this.#secrets.stream(), last: event });
    open.last = event;
    const shown = open.stream.push(text);
    if (shown === text) return event;
    if (shown !== '') return Object.freeze({ ...event, ...toDelta(event, shown) });
    const { usage, limits } = event;
    return Object.freeze({ type: 'alive', ...(usage === undefined ? {} : { usage }), ...(limits === undefined ? {} : { limits }) });
  }

  #maskReply(reply: Reply): Reply {
    const blocks = reply.blocks.map((block) => this.#mask(block));
    const { blocks: _, ...rest } = reply;
    const clean = this.#secrets.redactDeep(rest);
    return clean === rest && blocks.every((block, index) => block === reply.blocks[index]) ? reply : Object.freeze({ ...clean, blocks: Object.freeze(blocks) });
  }

  #mask(block: Block): Block {
    let clean = this.#blocks.get(block);
    if (clean === undefined) this.#blocks.set(block, clean = maskBlock(block, this.#secrets));
    return clean;
  }
}

function toDelta(of: Delta, text: string): Delta {
  if (of.type !== 'tool-input-delta') return Object.freeze({ type: of.type, index: of.index, text });
  const { type, index, id, name } = of;
  return Object.freeze({ type, index, id, name, json: text });
}
