import type { Effect, Mode } from '@pith/kernel';
import { isHarmless } from './harmless.ts';
import { isHarmlessAssignment } from './simple-command.ts';
import type { Command, Subject, Surroundings } from './subject.ts';

export interface ModeQuestion { mode: Mode; effect: Effect; subject: Subject; at: Surroundings; tool: string; env: Readonly<Record<string, string | undefined>> }

/**
 * Why a mode lets one subject of a call pass by itself; nothing where it has no opinion. Asked after deny and ask
 * rules and after places, so a path that comes here lies within the roots.
 */
export function modeAllows({ mode, effect, subject, at, tool, env }: ModeQuestion): string | undefined {
  if (mode === 'bypassPermissions') return 'mode bypassPermissions';
  switch (subject.kind) {
    case 'path': return pathReason(mode, effect, subject);
    case 'command': return onlyLooks(subject.command, at, env) ? 'it only looks, within the working folder' : undefined;
    // A read of no place: the word of a tool counts, that of a server does not.
    case 'other': return effect === 'read' && !subject.family.startsWith('mcp__') && !tool.startsWith('mcp__') ? 'a read' : undefined;
    default: return undefined;
  }
}

/** Why mode `plan` refuses one subject of a call: it changes nothing. */
export function modeDenies({ mode, effect, subject, at, env }: ModeQuestion): string | undefined {
  if (mode !== 'plan' || effect === 'read') return undefined;
  return subject.kind === 'command' && onlyLooks(subject.command, at, env) ? undefined : 'mode plan changes nothing';
}

function pathReason(mode: Mode, effect: Effect, { reads, edits }: { reads: boolean; edits: boolean }): string | undefined {
  if (reads && !edits && effect === 'read') return 'a read within the working folder';
  if (mode === 'acceptEdits' && (effect === 'write' || effect === 'read')) return 'mode acceptEdits';
  return undefined;
}

function onlyLooks({ simple }: Command, at: Surroundings, env: ModeQuestion['env']): boolean {
  return simple !== undefined && simple.assignments.every(isHarmlessAssignment) && isHarmless(simple.words, at, env);
}
