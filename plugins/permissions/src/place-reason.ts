import { escapeControl } from '@pith/kernel';
import { readHookFiles } from './hook-files.ts';
import { covers } from './match.ts';
import type { Mention } from './mention.ts';
import { findRoot, isWithin, type Place } from './place.ts';
import { protectedReason } from './protected.ts';
import type { Rule } from './rule.ts';
import type { Subject, Surroundings } from './subject.ts';

const SHOWN_LENGTH = 200;

export interface PlaceQuestion {
  subjects: readonly Subject[];
  tool: string;
  at: Surroundings;
  /** Where one of these names a command exactly, the command may name places outside the roots. */
  allow: readonly Rule[];
}

/** Why a person must say yes because of where a call leads, whatever rules and modes allow; nothing where it need not be asked. */
export function placeReason({ subjects, tool, at, allow }: PlaceQuestion): string | undefined {
  const protection = new Protection(at);
  for (const subject of subjects) {
    let reason: string | undefined;
    if (subject.kind === 'path') reason = pathReason(subject, protection);
    if (subject.kind === 'command') {
      const exact = (): boolean => allow.some((rule) => covers({ rule, subject, tool, at }) === 'exact');
      reason = changedMention(subject.command.mentions, protection) ?? (exact() ? undefined : outsideMention(subject.command.mentions, at));
    }
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Why a person must say yes to a file call because of where it leads. */
export function pathReason({ path, place, root, edits }: Extract<Subject, { kind: 'path' }>, protection: Protection): string | undefined {
  if (place === undefined) return `it cannot be told where ${toShown(path)} leads`;
  if (root === undefined) return `${toShown(path)} lies outside the working folder`;
  return edits ? protection.reason(place) : undefined;
}

/** Why a person must say yes because of a protected place that a command may change. */
export function changedMention(mentions: readonly Mention[], protection: Protection): string | undefined {
  for (const { changes, place } of mentions) {
    const reason = changes && place !== undefined ? protection.reason(place) : undefined;
    if (reason !== undefined) return `the command names a place where ${reason}`;
  }
  return undefined;
}

/** Why a person must say yes because a command names a place outside the roots. */
export function outsideMention(mentions: readonly Mention[], { realRoots }: Pick<Surroundings, 'realRoots'>): string | undefined {
  for (const { spelled, place } of mentions) {
    if (place === undefined) return `the command names ${toShown(spelled)}, and it cannot be told where that leads`;
    if (findRoot(place, realRoots) === undefined) return `the command names ${toShown(spelled)}, which lies outside the working folder`;
  }
  return undefined;
}

/** A path in a sentence: with nothing hidden in it, and not longer than a sentence can bear. */
function toShown(path: string): string {
  return escapeControl(path.length > SHOWN_LENGTH ? `${path.slice(0, SHOWN_LENGTH)}…` : path);
}

/** The protected places below the roots of one call. */
export class Protection {
  readonly #roots: readonly string[];
  #hookFiles: ReadonlySet<string> | undefined;

  constructor({ roots, realRoots }: Pick<Surroundings, 'roots' | 'realRoots'>) {
    this.#roots = [...new Set([...roots, ...realRoots])];
  }

  reason({ spelled, real }: Place): string | undefined {
    for (const path of [spelled, ...real]) {
      if (this.#hooks.has(path.toLowerCase())) return `${toShown(path)} is protected: pith.config names it as a hook file`;
      for (const root of this.#roots) {
        const reason = isWithin(path, root) ? protectedReason(path, root) : undefined;
        if (reason !== undefined) return reason;
      }
    }
    return undefined;
  }

  /** In lower case, since the file system may not tell the difference. */
  get #hooks(): ReadonlySet<string> {
    return this.#hookFiles ??= new Set(this.#roots.flatMap(readHookFiles).map((path) => path.toLowerCase()));
  }
}
