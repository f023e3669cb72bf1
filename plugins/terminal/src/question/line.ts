/** One line that is being typed: a reason, another answer. The input of the chat can more; this is for a sentence. */
export interface TypedLine { text: string; /** In characters of JavaScript, always between two that are seen. */ cursor: number }

export const EMPTY_LINE: TypedLine = { text: '', cursor: 0 };

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** @returns nothing where the key does nothing to a line */
export function typeInto({ text, cursor }: TypedLine, key: string): TypedLine | undefined {
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  switch (key) {
    case 'left': return { text, cursor: cursor - lastOf(before).length };
    case 'right': return { text, cursor: cursor + firstOf(after).length };
    case 'home': case 'ctrl+a': return { text, cursor: 0 };
    case 'end': case 'ctrl+e': return { text, cursor: text.length };
    case 'backspace': return { text: before.slice(0, before.length - lastOf(before).length) + after, cursor: cursor - lastOf(before).length };
    case 'delete': return { text: before + after.slice(firstOf(after).length), cursor };
    case 'ctrl+u': return { text: after, cursor: 0 };
    case 'ctrl+k': return { text: before, cursor };
    case 'ctrl+w': {
      const kept = before.replace(/\S+\s*$|\s+$/, '');
      return { text: kept + after, cursor: kept.length };
    }
    default: return undefined;
  }
}

export function insertInto({ text, cursor }: TypedLine, inserted: string): TypedLine {
  return { text: text.slice(0, cursor) + inserted + text.slice(cursor), cursor: cursor + inserted.length };
}

function firstOf(text: string): string {
  return segmenter.segment(text)[Symbol.iterator]().next().value?.segment ?? '';
}

function lastOf(text: string): string {
  return [...segmenter.segment(text)].at(-1)?.segment ?? '';
}
