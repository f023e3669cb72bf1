import { getSystemErrorMessage } from 'node:util';
import { isPithError, PithError } from '@pith/kernel';

/** Every code of this plugin and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  DISK_FULL: 'the disk or the quota is full; nothing was changed',
  EDIT_AMBIGUOUS: 'the text to replace stands in more than one place',
  EDIT_NOT_FOUND: 'the text to replace does not stand in the file',
  EDIT_NO_CHANGE: 'the edit would leave the file as it is',
  FILE_BINARY: 'the file is not text',
  FILE_CHANGED: 'the file changed on disk since it was read; nothing was written',
  FILE_DENIED: 'the system does not let this file be read or written',
  FILE_EXISTS: 'a file that was to be made is there already',
  FILE_FAILED: 'the system reported another error for this path',
  FILE_KIND: 'what stands at the path is of another kind: a folder, a pipe, a socket, a device, or a file in the place of a folder',
  FILE_MISSING: 'there is nothing at this path',
  FILE_MOVED: 'a link or a folder changed during the call, so the path leads elsewhere than was judged',
  FILE_RANGE: 'the file has fewer lines than the offset asks for',
  FILE_TOO_LARGE: 'the file is too large for this tool',
  FILE_UNREAD: 'a file with text was to be replaced that was never read in this session',
  JOB_LIMIT: 'too many background jobs run already',
  JOB_UNKNOWN: 'there is no background job of that name',
  MEDIA_INVALID: 'an image or a document is damaged, protected, or not of a size that models take',
  PATCH_INVALID: 'the patch is not of the form that apply-patch takes, or did not arrive whole',
  PATTERN_INVALID: 'a pattern cannot be read, leads out of the folder, or stands for too much',
  RIPGREP_MISSING: 'the program that grep searches with is not installed',
  SEARCH_REPLY_INVALID: 'what web-search asks did not answer with JSON or text',
  SEARCH_STOPPED: 'a search took too long or needed too much memory, and was ended',
  SHELL_FAILED: 'the command could not be started',
  SHELL_MISSING: 'neither bash nor sh was found',
} as const;

export type ToolErrorCode = keyof typeof CODES;

export function toolError(message: string, code: ToolErrorCode, hint?: string, cause?: unknown): PithError {
  return new PithError(message, { code, ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }) });
}

/** An error of the file system as a sentence about `shown`, the path as people see it. Other errors come back as they are. */
export function fileError(error: unknown, shown: string): unknown {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'ENOENT': return toolError(`There is nothing at ${shown}`, 'FILE_MISSING', 'List the folder to see what is there.', error);
    case 'ENOTDIR': return toolError(`A part of ${shown} is a file, not a folder`, 'FILE_KIND', 'List the folders above it to see what is there.', error);
    case 'EISDIR': return toolError(`${shown} is a folder`, 'FILE_KIND', 'Name a file in it.', error);
    case 'ELOOP': return toolError(`The links on the way to ${shown} lead in a circle, or changed during the call; nothing was read or written`, 'FILE_MOVED', 'Look at the links, then make the call again.', error);
    case 'EACCES': case 'EPERM': return toolError(`The system does not allow access to ${shown}`, 'FILE_DENIED', 'Look at its owner and mode.', error);
    case 'EROFS': return toolError(`${shown} is on a file system that is mounted read-only`, 'FILE_DENIED', 'Choose another place.', error);
    case 'ENOSPC': case 'EDQUOT': case 'EFBIG': return toolError(`There is no room to write ${shown}; nothing was changed`, 'DISK_FULL', 'Free some space, then make the call again.', error);
    case 'ENAMETOOLONG': return toolError(`A name in ${shown} is longer than the file system takes`, 'FILE_FAILED', 'Choose a shorter name.', error);
    default: return toOtherError(error, shown);
  }
}

/** The system's own words, without the path in them, which may be one for the system only. */
function toOtherError(error: unknown, shown: string): unknown {
  const { errno, code, syscall } = error as NodeJS.ErrnoException;
  if (errno === undefined || syscall === undefined) return error;
  return toolError(`${shown} cannot be used: ${getSystemErrorMessage(errno)} (${code}, ${syscall})`, 'FILE_FAILED', undefined, error);
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}

export function isPithCode(error: unknown, code: ToolErrorCode): boolean {
  return isPithError(error) && error.code === code;
}
