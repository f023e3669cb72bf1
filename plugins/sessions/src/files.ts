import { chmodSync, closeSync, fchmodSync, fstatSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fingerprint } from '@pith/kernel';

const SLUG_LENGTH = 46;
const ENDING = '.jsonl';
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function sessionsFolder(dataFolder: string): string {
  return join(dataFolder, 'sessions');
}

/** The folder of a project's transcripts: the end of its path, readable, and a short hash of the whole. */
export function projectFolder(dataFolder: string, cwd: string): string {
  const path = realPath(cwd);
  const slug = path.replace(/[^A-Za-z0-9._]+/g, '-').slice(-SLUG_LENGTH).replace(/^[-.]+|-+$/g, '') || 'root';
  return join(sessionsFolder(dataFolder), `${slug}-${fingerprint(path)}`);
}

/** An id becomes a file name, so it may hold nothing that a path gives a meaning. */
export function isSessionId(id: string): boolean {
  return ID.test(id);
}

export function sessionFile(folder: string, id: string): string {
  return join(folder, id + ENDING);
}

export function toSessionId(fileName: string): string | undefined {
  if (!fileName.endsWith(ENDING)) return undefined;
  const id = fileName.slice(fileName.lastIndexOf(sep) + 1, -ENDING.length);
  return isSessionId(id) ? id : undefined;
}

/** Opens for appending, with every folder that is missing; nobody else may read any of them, whatever the umask. */
export function openPrivate(file: string): number {
  makePrivateFolder(dirname(file));
  const descriptor = openSync(file, 'a+', 0o600);
  try {
    if ((fstatSync(descriptor).mode & 0o777) !== 0o600) fchmodSync(descriptor, 0o600);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}

/** The project's folder and the one of all sessions. The data folder above is made, but not changed: others share it. */
function makePrivateFolder(folder: string): void {
  mkdirSync(dirname(dirname(folder)), { recursive: true, mode: 0o700 });
  for (const path of [dirname(folder), folder]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if ((statSync(path).mode & 0o777) !== 0o700) chmodSync(path, 0o700);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // A folder that is gone still has its sessions.
  }
}
