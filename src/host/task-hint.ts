/** Longer tasks are not said again. */
const LENGTH_MAX = 60;

/** What to type for a task that was typed where a command belongs, with the words up to the first flag. */
export function toTaskHint(words: readonly string[]): string {
  const task = toQuoted(words);
  return `To have it done: pith run ${task}. To talk about it: pith chat ${task}.`;
}

/** Other agents take a task with `-p`; here it is a command. @returns nothing where it is another flag that there is not */
export function toPrintSentence(message: string, words: readonly string[]): string | undefined {
  const flag = /^Nonexistent flags?: .*?(-p|--print|--prompt)\b/.exec(message)?.[1];
  return flag && `There is no flag ${flag}: for one task without a chat type pith run ${toQuoted(words)}`;
}

function toQuoted(words: readonly string[]): string {
  const flag = words.findIndex((word) => word.startsWith('-'));
  const task = words.slice(0, flag < 0 ? undefined : flag).join(' ').trim();
  // What a shell would read in another way than it was meant is left for the person to write.
  return task !== '' && task.length <= LENGTH_MAX && !/["$`\\!\p{C}]/u.test(task) ? `"${task}"` : '"…"';
}
