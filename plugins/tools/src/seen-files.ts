import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { ToolContext } from '@pith/kernel';

/** The versions that are kept; beyond it the oldest is forgotten, and its file must be read again. */
const MAX_SEEN = 10_000;

type Seen = Pick<ToolContext, 'session' | 'turn'>;

/** Tells one version of a file from another: by its bytes, or for a file too large to be read whole by size, time and place. */
export function toVersion(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}

export function toLargeVersion({ size, mtimeNs, ino, dev }: BigIntStats): string {
  return [size, mtimeNs, ino, dev].join('.');
}

/** Remembers the version that the conversation knows, because it has read or written it. */
export function remember(context: Seen, path: string, version: string): void {
  const seen = seenFiles(context);
  const key = toKey(context, path);
  seen.delete(key); // So that it becomes the youngest.
  seen.set(key, version);
  if (seen.size > MAX_SEEN) seen.delete(seen.keys().next().value!);
}

export function recall(context: Seen, path: string): string | undefined {
  return seenFiles(context).get(toKey(context, path));
}

/** An agent has a history of its own: what its parent has read it does not know, and the other way round. */
function toKey({ turn }: Seen, path: string): string {
  return `${turn.parentRunId === undefined ? '' : turn.runId}\0${path}`;
}

function seenFiles({ session }: Seen): Map<string, string> {
  return session.get('tools.seen-files', () => new Map<string, string>());
}
