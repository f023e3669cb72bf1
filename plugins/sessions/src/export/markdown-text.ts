import { visible } from './words.ts';

/** Text as it stands, in a fence that nothing in it closes. */
export function toFence(text: string, language = ''): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${visible(text)}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}

/** A few words as they stand, in one line. */
export function toCode(text: string): string {
  const line = visible(text).replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return longest === 0 ? `${ticks}${line || ' '}${ticks}` : `${ticks} ${line} ${ticks}`;
}

/** A few words that are no markup, in one line. */
export function toPlain(text: string): string {
  return visible(text).replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()#+!|~<>&-]/g, (character) => (character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`));
}

export function toQuote(text: string): string {
  return text.split('\n').map((line) => (line === '' ? '>' : `> ${line}`)).join('\n');
}

/**
 * Markdown of somebody else, without HTML. In a fence that every reader takes for one `<` stays; anywhere else it is
 * written out. What would reach beyond its end, as a fence that stays open, is put into a quote, which ends it. An image is only its
 * address, so that nobody is asked for it, and a heading stands below those of turns: nobody's words look like another turn.
 */
export function toOwnMarkdown(text: string): string {
  const lines = visible(text).split('\n');
  let fence: string | undefined;
  let isClear = true;
  const shown = lines.map((line, index) => {
    if (fence !== undefined) {
      if (closes(line, fence)) fence = undefined;
      return line;
    }
    fence = /^(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(line)?.slice(1).find((run) => run !== undefined);
    if (fence !== undefined) return line.replaceAll('<', '&lt;');
    isClear &&= !/(?:`{3}|~{3})/.test(line);
    return withoutImages(withoutTags(/^ {0,3}(?:=+|-+)[ \t]*$/.test(line) && (lines[index - 1] ?? '').trim() !== '' ? line.replace(/[=-]/, '\\$&') : lower(line)));
  });
  if (fence !== undefined) shown.push(fence);
  return isClear ? shown.join('\n') : toQuote(shown.join('\n'));
}

function closes(line: string, fence: string): boolean {
  const run = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)?.[1];
  return run !== undefined && run[0] === fence[0] && run.length >= fence.length;
}

/** A `<` that could begin a tag, or an address in angles. Spans of code are not spared: readers do not agree about where they are. */
function withoutTags(line: string): string {
  return line.replace(/<(?=[A-Za-z/!?])/g, '&lt;');
}

/** The headings of an export are of the first and the second level. */
function lower(line: string): string {
  return line.replace(/^( {0,3})(#{1,6})(?=[ \t]|$)/, (_, before: string, marks: string) => before + '#'.repeat(Math.min(6, marks.length + 2)));
}

/** A mark that is taken for itself already stays as it is. */
function withoutImages(line: string): string {
  return line.replace(/(\\*)!\[/g, (found, before: string) => (before.length % 2 === 1 ? found : `${before}\\![`));
}
