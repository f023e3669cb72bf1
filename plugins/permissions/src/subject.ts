import type { PreparedCall, Target } from '@pith/kernel';
import type { Command } from './line/command.ts';
import { findEnd, findPlace, findRoot, type Place } from './places/place.ts';

/** One thing that a call touches, as rules and modes look at it. */
export type Subject = { family: string } & (
  | { kind: 'command'; command: Command }
  | PathSubject
  | { kind: 'url'; text: string; url: URL | null }
  | { kind: 'agent'; name: string }
  | { kind: 'other' }
);

export interface PathSubject {
  kind: 'path';
  path: string;
  /** Nothing where it cannot be told where the path leads. */
  place: Place | undefined;
  /** The root that it lies in. */
  root: string | undefined;
  reads: boolean;
  edits: boolean;
  /** Where it would lead from the folder of the call, where the folder is not known. */
  guess?: Place | undefined;
  /** Of a redirect: how it is written in the command line. */
  redirect?: string;
  /** Of a redirect: the command that runs the text it stands in. */
  within?: Command | undefined;
}

/** Where a call happens. */
export interface Surroundings {
  cwd: string;
  /** As they were given; the others with links followed. */
  roots: readonly string[];
  realRoots: readonly string[];
  home: string;
  realHome: string;
}

export interface SubjectOptions { at: Surroundings; /** `cd` goes by CDPATH where there is one. */ hasCdPath: boolean }

export function toSurroundings({ cwd, roots }: Pick<PreparedCall, 'cwd' | 'roots'>, home: string): Surroundings {
  const follow = (folder: string): string => findEnd(folder) ?? folder;
  return { cwd, roots, realRoots: roots.map(follow), home, realHome: follow(home) };
}

export async function toSubjects(call: PreparedCall, options: SubjectOptions): Promise<Subject[]> {
  const subjects: Subject[] = [];
  // One by one: a long line has more parts than a call takes arguments.
  for (const target of call.targets) for (const subject of await toSubjectsOf(target, call, options)) subjects.push(subject);
  return subjects.length > 0 ? subjects : [{ kind: 'other', family: '' }];
}

async function toSubjectsOf(target: Target, { effect }: PreparedCall, { at, hasCdPath }: SubjectOptions): Promise<Subject[]> {
  const { family, path, url, command, name } = target;
  const subjects: Subject[] = [];
  if (command !== undefined) {
    // What reads a shell line is only needed where there is one.
    const { readLine } = await import('./line/line.ts');
    for (const subject of await readLine(command, { at, hasCdPath, family })) subjects.push(subject);
  }
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
    case 'command': return subject.command.text;
    case 'path': return subject.redirect ?? subject.path;
    case 'url': return subject.text;
    case 'agent': return subject.name;
    case 'other': return tool;
  }
}
