import type { Command } from './line/command.ts';
import type { Subject } from './subject.ts';

const SHOWN_CHARACTERS = 200;

/** Why rules that allow do not allow one part of a call. */
export function toUncovered(subject: Subject, tool: string): string {
  const covers = (text: string): string => `no allow rule covers ${JSON.stringify(shorten(text.trim()))}`;
  switch (subject.kind) {
    case 'command': {
      const doubt = toDoubt(subject.command);
      return doubt === undefined ? covers(subject.command.text) : `${covers(subject.command.text)}: ${doubt}`;
    }
    case 'path': return covers(subject.redirect ?? subject.path);
    case 'url': return covers(subject.text);
    case 'agent': return covers(subject.name);
    case 'other': return `no allow rule covers ${tool}`;
  }
}

function toDoubt({ doubt, state, variants }: Command): string | undefined {
  if (doubt !== undefined) return doubt;
  if (variants.some((words) => words.some(({ kind }) => kind === 'open'))) return 'it has words that are only known when it runs';
  return state.assigned;
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : text;
}
