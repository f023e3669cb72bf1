import { isPithError, PithError, toMessage } from '@pith/kernel';

/** An answer that is an error: what was found, what is allowed, what to do next. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  hint?: string;
  headers?: Readonly<Record<string, string>>;
}

/** A refusal as an error, for handlers that are deep inside. */
export function refuse({ status, code, message, hint, headers }: Refusal): PithError {
  return new PithError(message, { code, ...(hint === undefined ? {} : { hint }), details: { [STATUS]: status, ...(headers === undefined ? {} : { headers }) } });
}

export function toResponse({ status, code, message, hint, headers = {} }: Refusal): Response {
  return Response.json({ error: { code, message, ...(hint === undefined ? {} : { hint }) } }, { status, headers });
}

/** A name that errors of providers, whose details hold a status too, do not have. */
const STATUS = 'httpStatus';

/** By the end of a code, what HTTP says of such a problem. */
const BY_PROBLEM: readonly (readonly [RegExp, number])[] = [
  [/_(?:NOT_FOUND|UNKNOWN|MISSING)$/, 404], [/_(?:TAKEN|CONFLICT|EXISTS)$/, 409], [/_(?:BUSY|UNAVAILABLE)$/, 503],
];
/** By how a command would end with the error. */
const BY_EXIT: Readonly<Record<number, number>> = { 2: 400, 3: 403, 4: 429, 5: 502 };

/** Any thrown value as an answer. Of what is no error for people, nothing is told but that it happened. */
export function toRefusal(error: unknown): Refusal {
  if (!isPithError(error)) return { status: 500, code: 'INTERNAL', message: 'The request failed for a reason that is in the log of the server' };
  const { code, message, hint, details, exitCode } = error;
  const given = details?.[STATUS];
  const status = typeof given === 'number' ? given : BY_PROBLEM.find(([problem]) => problem.test(code))?.[1] ?? BY_EXIT[exitCode] ?? 500;
  const headers = typeof given === 'number' ? details?.['headers'] as Refusal['headers'] : undefined;
  return { status, code, message, ...(hint === undefined ? {} : { hint }), ...(headers === undefined ? {} : { headers }) };
}

/** For the log: what people who look after the server should know of a failure. */
export function toLogText(error: unknown): string {
  return error instanceof Error && !isPithError(error) ? error.stack ?? toMessage(error) : toMessage(error);
}
