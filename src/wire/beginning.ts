import type { Block, ModelEvent, Reply } from '@pith/kernel';

/** How an answer begins: what came before there was anything to show, and how it ended if it did. */
export interface Beginning {
  held: ModelEvent[];
  /** The last of `held` is something to show. */
  isShown: boolean;
  /** It ended, and there is nothing wrong with it. */
  isAnswer: boolean;
  reply?: Reply;
  thrown?: { error: unknown };
}

/** Reads a stream up to the first thing that others show, keep or act on: until then it can be given up for another attempt. */
export async function readBeginning(stream: AsyncIterator<ModelEvent>): Promise<Beginning> {
  const held: ModelEvent[] = [];
  let reply: Reply | undefined;
  try {
    for (;;) {
      const { done, value } = await stream.next();
      // Nothing is called again before the stream has ended of itself: others may have something to settle there.
      if (done) return { held, isShown: false, isAnswer: reply?.status === 'complete' || reply?.blocks.some(saysSomething) === true, ...(reply === undefined ? {} : { reply }) };
      if (value.type !== 'alive' || value.limits !== undefined || value.usage !== undefined) held.push(value);
      if (isContent(value)) return { held, isShown: true, isAnswer: false };
      if (value.type === 'end') reply = value.reply;
    }
  } catch (error) {
    return { held, isShown: false, isAnswer: false, thrown: { error } };
  }
}

/** Something that others show, keep or act on. Vendors begin a text with an empty piece of it. */
function isContent(event: ModelEvent): boolean {
  switch (event.type) {
    case 'text-delta': case 'thinking-delta': return event.text !== '';
    case 'tool-input-delta': return true;
    case 'block': return saysSomething(event.block);
    default: return false;
  }
}

/** A text that was begun, and no more. */
function saysSomething(block: Block): boolean {
  return !((block.type === 'text' || block.type === 'thinking') && block.text === '');
}
