import type { PreparedCall, Target } from '@pith/kernel';
import { looseSegments, type Segment } from './loose-command.ts';
import { type Mention, mentionsOfText, mentionsOfWords } from './mention.ts';
import { findPlace, findRoot, followLinks, type Place } from './place.ts';
import { splitSimpleList } from './simple-list.ts';
import { parseSimpleCommand, type SimpleCommand } from './simple-command.ts';
import { unwrap } from './wrapper.ts';

/** One thing that a call touches, as rules and modes look at it. */
export type Subject = { family: string } & (
  | { kind: 'command'; command: Command }
  | { kind: 'path'; path: string; place: Place | undefined; root: string | undefined; reads: boolean; edits: boolean }
  | { kind: 'url'; text: string; url: URL | null }
  | { kind: 'agent'; name: string }
  | { kind: 'other' }
);

/** Where a call happens. */
export interface Surroundings {
  cwd: string;
  /** As they were given; the others with links followed. */
  roots: readonly string[];
  realRoots: readonly string[];
  home: string;
  realHome: string;
}

export function toSurroundings({ cwd, roots }: PreparedCall, home: string): Surroundings {
  const follow = (folder: string): string => followLinks(folder) ?? folder;
  return { cwd, roots, realRoots: roots.map(follow), home, realHome: follow(home) };
}

export function toSubjects(call: PreparedCall, at: Surroundings): Subject[] {
  const subjects = call.targets.flatMap((target) => toSubjectsOf(target, call, at));
  return subjects.length > 0 ? subjects : [{ kind: 'other', family: '' }];
}

function toSubjectsOf(target: Target, { effect }: PreparedCall, at: Surroundings): Subject[] {
  const { family, path, url, command, name } = target;
  const subjects: Subject[] = [];
  // A list of simple commands passes only if every one of them does.
  if (command !== undefined) for (const part of splitSimpleList(command) ?? [command]) subjects.push({ kind: 'command', family, command: new Command(part, at) });
  if (path !== undefined) {
    const place = findPlace(path, at.cwd);
    const reads = family === 'Read' || effect === 'read';
    const edits = family === 'Edit' || family === 'Write' || (effect !== 'read' && family !== 'Read');
    subjects.push({ kind: 'path', family, path, place, root: place === undefined ? undefined : findRoot(place, at.realRoots), reads, edits });
  }
  if (url !== undefined) subjects.push({ kind: 'url', family, text: url, url: URL.parse(url) });
  if (family === 'Agent' && name !== undefined) subjects.push({ kind: 'agent', family, name });
  return subjects.length > 0 ? subjects : [{ kind: 'other', family }];
}

/** A subject as a person would write it. */
export function toShownText(subject: Subject, tool: string): string {
  switch (subject.kind) {
    case 'command': return subject.command.text.trim();
    case 'path': return subject.path;
    case 'url': return subject.text;
    case 'agent': return subject.name;
    case 'other': return tool;
  }
}

/** A command in the readings that are needed; each is made when it is first looked at. */
export class Command {
  readonly text: string;
  /** Nothing where the text is not certain to be one simple command. */
  readonly simple: SimpleCommand | undefined;
  /** Of a simple command: its words within `time`, `timeout N` and `nice`. */
  readonly words: readonly string[] | undefined;
  readonly #at: Surroundings;
  #mentions: Mention[] | undefined;
  #byQuotes: Segment[] | undefined;
  #throughQuotes: Segment[] | undefined;

  constructor(text: string, at: Surroundings) {
    this.text = text;
    this.#at = at;
    this.simple = parseSimpleCommand(text);
    this.words = this.simple === undefined ? undefined : unwrap(this.simple.words);
  }

  /** Every path that the command names. */
  get mentions(): readonly Mention[] {
    return this.#mentions ??= this.simple === undefined ? mentionsOfText(this.text, this.#at) : mentionsOfWords([...this.simple.assignments, ...this.words!], this.#at);
  }

  /** Every command in the text, parted as its quotes say. */
  get byQuotes(): readonly Segment[] { return this.#byQuotes ??= looseSegments(this.text, { quotes: true }); }

  /** Every command in the text, also within quotes. */
  get throughQuotes(): readonly Segment[] { return this.#throughQuotes ??= looseSegments(this.text, { quotes: false }); }
}
