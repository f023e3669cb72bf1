import type { Effect, Mode } from '@pith/kernel';
import { type Argument, lookUp, type LoopValue } from './line/argument.ts';
import { isHarmlessAssignment, isShellName } from './line/assignment.ts';
import { folderOf, isDecidedBuiltin, isHarmlessBuiltin } from './line/builtin.ts';
import type { Command } from './line/command.ts';
import { isGit } from './rules/cover-command.ts';
import { isHarmless } from './looking/harmless.ts';
import { placeOnce } from './places/once.ts';
import { findPlace, findRoot } from './places/place.ts';
import type { PathSubject, Subject, Surroundings } from './subject.ts';
import { unwrap } from './line/wrapper.ts';

export interface ModeQuestion { mode: Mode; effect: Effect; subject: Subject; tool: string; env: Readonly<Record<string, string | undefined>> }

/**
 * Why a mode lets one subject of a call pass by itself; nothing where it has no opinion. Asked after deny and ask
 * rules and after places, so a path that comes here lies within the roots.
 */
export function modeAllows({ mode, effect, subject, tool, env }: ModeQuestion): string | undefined {
  if (mode === 'bypassPermissions') return 'mode bypassPermissions';
  switch (subject.kind) {
    case 'path': return pathReason(mode, effectOf(subject, effect), subject);
    case 'command': return whyHarmless(subject.command, env);
    // A read of no place: the word of a tool counts, that of a server does not.
    case 'other': return effect === 'read' && !subject.family.startsWith('mcp__') && !tool.startsWith('mcp__') ? 'a read' : undefined;
    default: return undefined;
  }
}

/** Why mode `plan` refuses one subject of a call: it changes nothing. */
export function modeDenies({ mode, effect, subject, env }: ModeQuestion): string | undefined {
  if (mode !== 'plan' || effect === 'read') return undefined;
  const changes = subject.kind === 'path' ? effectOf(subject, effect) !== 'read' : subject.kind === 'command' ? whyHarmless(subject.command, env) === undefined : subject.kind !== 'url';
  return changes ? 'mode plan changes nothing' : undefined;
}

/** A redirect of a command is a read or an edit of its file. */
function effectOf({ redirect, edits }: PathSubject, effect: Effect): Effect {
  if (redirect === undefined) return effect;
  return edits ? 'write' : 'read';
}

function pathReason(mode: Mode, effect: Effect, { reads, edits }: PathSubject): string | undefined {
  if (reads && !edits && effect === 'read') return 'a read within the working folder';
  if (mode === 'acceptEdits' && (effect === 'write' || effect === 'read')) return 'mode acceptEdits';
  return undefined;
}

/** Why a command needs no rule, in every folder and in every way that it may run. */
function whyHarmless(command: Command, env: ModeQuestion['env']): string | undefined {
  const { doubt, variants, assignments, state, folders, isFunction } = command;
  if (doubt !== undefined || variants.length === 0) return undefined;
  if (variants.every((words) => words.length === 0)) return assignments.some(({ name }) => isShellName(name)) ? undefined : 'it runs no program';
  const isRead = variants.every(([program]) => program?.kind === 'known' && program.text === 'read');
  if (!assignments.every((assignment) => isHarmlessAssignment(assignment) || (isRead && assignment.name === 'IFS'))) return undefined;
  if (isFunction) return state.assigned === undefined ? 'a function of the line, whose commands are judged by themselves' : undefined;
  if (variants.some((words) => isDecidedBuiltin(words))) return variants.every((words) => isHarmlessBuiltin(words) && tellsOwnNames(words, folders)) ? 'it changes nothing' : undefined;
  if (variants.every(([program, ...given]) => program?.text === 'cd' && program.kind === 'known' && staysWithin(given, folders, state.cwds))) return 'it stays within the working folder';
  if (state.assigned !== undefined || state.cwds === undefined) return undefined;
  // In another folder git may find another repository.
  if (command.isElsewhere && command.spellings.some((words) => isGit(unwrap(words)))) return undefined;
  const isReader = folders.every((at) => {
    const ways = command.wordsIn(at);
    return ways?.every((words, index) => (index > 0 && differsInPlaceOnly(words, ways[0]!, at)) || isHarmless(words.map(({ text }) => text), at, env)) ?? false;
  });
  return isReader ? 'it only looks, within the working folder' : undefined;
}

/** What a pattern stands for is told by whoever repeats it: only names within the roots. */
function tellsOwnNames(words: readonly Argument[], folders: readonly Surroundings[]): boolean {
  return words.every((word) => word.kind === 'known' || word.kind === 'open' || folders.every((at) => lookUp([word], at.cwd)?.every(({ text }) => {
    const place = placeOnce(text, at);
    return text === '/dev/null' || (place !== undefined && findRoot(place, at.realRoots) !== undefined);
  })));
}

/** Names that one pattern stands for, in folders: whatever a reader makes of the first, it makes of them all that lie within the roots. */
function differsInPlaceOnly(words: readonly LoopValue[], first: readonly LoopValue[], at: Surroundings): boolean {
  return words.length === first.length && words.every((word, index) => {
    const other = first[index]!;
    if (word.text === other.text) return true;
    if (word.kind !== 'found' || other.kind !== 'found' || word.prefix !== other.prefix || !/^[^-].*\//.test(word.prefix)) return false;
    const place = placeOnce(word.text, at);
    return place !== undefined && findRoot(place, at.realRoots) !== undefined;
  });
}

function staysWithin(given: Parameters<typeof folderOf>[0], folders: readonly Surroundings[], cwds: readonly string[] | undefined): boolean {
  const to = folderOf(given);
  return to !== undefined && cwds !== undefined && folders.every(({ cwd, realRoots }) => {
    const place = findPlace(to, cwd);
    return place !== undefined && findRoot(place, realRoots) !== undefined;
  });
}
