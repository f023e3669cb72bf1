import { isWithin } from '@pith/files';
import { escapeControl } from '@pith/kernel';
import { protectedReason, readHookFiles } from '@pith/protected';
import type { DeepRead } from './deep-read.ts';
import type { Mention } from './mention.ts';
import { findEnd, findRoot, type Place } from './place.ts';
import type { Subject, Surroundings } from '../subject.ts';

const SHOWN_LENGTH = 200;

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

/** Why a person must say yes because of a protected place in a folder that a command takes as a whole. */
export function changedBelow(deepReads: readonly DeepRead[], protection: Protection): string | undefined {
  for (const path of deepReads.flatMap(({ taken }) => taken)) {
    const reason = protection.reason({ spelled: path, real: [path] });
    if (reason !== undefined) return `the command takes a folder as a whole, in which ${reason}`;
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

  /** Where their links lead; in lower case, since the file system may not tell the difference. */
  get #hooks(): ReadonlySet<string> {
    return this.#hookFiles ??= new Set(this.#roots.flatMap(readHookFiles).map((path) => (findEnd(path) ?? path).toLowerCase()));
  }
}
