import type { Failure } from './failure.ts';

/** What is done about one kind of failure. */
export interface Rule {
  kind: string;
  /** Either of them makes it this kind. */
  codes?: readonly string[];
  /** First and last. */
  statuses?: readonly (readonly [from: number, to: number])[];
  /** Attempts that one model gets, where there is no other to go to. `maxAttempts` may allow fewer. */
  alone: number;
  /** Attempts that it gets before the next model has its turn. */
  inPlace: number;
  /** Another model may do better. */
  fallsBack: boolean;
}

const AS_OFTEN_AS_ALLOWED = Infinity;
const only = (status: number): readonly [number, number] => [status, status];

/**
 * The decision table; the first row that fits holds. What no other attempt can cure comes first, whatever a header says of it.
 * @see docs/decisions/0028-what-is-tried-again.md
 */
export const TABLE: readonly Rule[] = [
  { kind: 'too long', codes: ['CONTEXT_TOO_LONG'], statuses: [only(413)], alone: 1, inPlace: 1, fallsBack: false }, // The kernel makes room once.
  { kind: 'account spent', codes: ['PROVIDER_QUOTA'], statuses: [only(402)], alone: 1, inPlace: 1, fallsBack: true },
  { kind: 'key refused', codes: ['PROVIDER_AUTH'], statuses: [only(401), only(403)], alone: 1, inPlace: 1, fallsBack: false },
  { kind: 'not there', codes: ['PROVIDER_NOT_FOUND'], statuses: [only(404)], alone: 1, inPlace: 1, fallsBack: false },
  { kind: 'overloaded', codes: ['PROVIDER_OVERLOADED'], statuses: [only(503), only(529)], alone: AS_OFTEN_AS_ALLOWED, inPlace: 3, fallsBack: true },
  { kind: 'rate limit', codes: ['PROVIDER_RATE_LIMITED'], statuses: [only(429)], alone: AS_OFTEN_AS_ALLOWED, inPlace: 3, fallsBack: true },
  { kind: 'server failed', statuses: [only(408), only(409), [500, 599]], alone: 4, inPlace: 3, fallsBack: true },
  { kind: 'request refused', codes: ['PROVIDER_REFUSED_REQUEST'], statuses: [[300, 499]], alone: 1, inPlace: 1, fallsBack: false },
  { kind: 'connection', codes: ['PROVIDER_UNREACHABLE'], alone: 4, inPlace: 3, fallsBack: true },
  { kind: 'broke off', codes: ['PROVIDER_TRUNCATED'], alone: 4, inPlace: 3, fallsBack: true },
  { kind: 'silence', codes: ['PROVIDER_IDLE'], alone: 2, inPlace: 2, fallsBack: true }, // Each attempt costs the whole idle limit.
  { kind: 'no sense', codes: ['PROVIDER_PROTOCOL'], alone: 2, inPlace: 2, fallsBack: false }, // A gateway’s page for a moment, or a wrong address for good.
  { kind: 'anything else', statuses: [[0, 999]], alone: 3, inPlace: 3, fallsBack: true },
];

export function ruleOf({ code, status }: Pick<Failure, 'code' | 'status'>): Rule {
  return TABLE.find(({ codes, statuses }) => codes?.includes(code) || statuses?.some(([from, to]) => status >= from && status <= to)) ?? TABLE.at(-1)!;
}
