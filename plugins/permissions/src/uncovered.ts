import { findDoubt } from './simple-list.ts';
import type { Subject } from './subject.ts';

const SHOWN_CHARACTERS = 200;

/** Why rules that allow do not allow a call: the first part of it that none of them covers. */
export function toUncovered(subject: Subject, tool: string): string {
  const covers = (text: string): string => `no allow rule covers ${JSON.stringify(shorten(text.trim()))}`;
  switch (subject.kind) {
    case 'command': {
      const doubt = findDoubt(subject.command.text);
      return doubt === undefined ? covers(subject.command.text) : `${covers(doubt.part)}: ${doubt.why}`;
    }
    case 'path': return covers(subject.path);
    case 'url': return covers(subject.text);
    case 'agent': return covers(subject.name);
    case 'other': return `no allow rule covers ${tool}`;
  }
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : text;
}
