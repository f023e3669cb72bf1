import { getSystemErrorMessage } from 'node:util';

/**
 * `missing`: nothing is there. `kind`: a folder, pipe, socket or device. `outside`: it leads out of the roots. `large`: over the limit. `binary`:
 * no text. `moved`: it leads elsewhere than was looked at, or in a circle. `denied`: not ours to read. `invalid`: no path. `failed`: anything else.
 */
export type RefusalReason = 'missing' | 'kind' | 'outside' | 'large' | 'binary' | 'moved' | 'denied' | 'invalid' | 'failed';

/** Why nothing was read. Behind the path, as people see it, `what` makes a sentence: “is a pipe, not a file”. */
export interface Refusal { refused: RefusalReason; what: string }

export function isRefusal(answer: object): answer is Refusal {
  return 'refused' in answer;
}

export function refuse(refused: RefusalReason, what: string): Refusal {
  return { refused, what };
}

export const moved = (): Refusal => refuse('moved', 'leads elsewhere than a moment ago: a link or a folder on the way changed');

/** What the system says of a path. @throws what is no error of the system */
export function toRefusal(error: unknown): Refusal {
  const { code, errno } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT': return refuse('missing', 'is not there');
    case 'ENOTDIR': return refuse('missing', 'is not there: a part of it is a file, not a folder');
    case 'EISDIR': return refuse('kind', 'is a folder, not a file');
    case 'ELOOP': return refuse('moved', 'leads in a circle of links');
    case 'EACCES': case 'EPERM': return refuse('denied', 'may not be read');
    case 'ENAMETOOLONG': return refuse('invalid', 'holds a name that is too long');
    case 'ERR_INVALID_ARG_VALUE': return refuse('invalid', 'holds a NUL character');
    default:
      if (errno === undefined) throw error;
      return refuse('failed', `cannot be read: ${getSystemErrorMessage(errno)} (${code})`);
  }
}
