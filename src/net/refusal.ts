/**
 * Which rule said no: `text` cannot be read with certainty, `scheme` is not https, `credentials` stand in the address,
 * `address` is (or the name leads to) one that the policy refuses, `resolver` gave no usable answer, `redirect` is an
 * answer that points elsewhere.
 */
export type RefusalKind = 'text' | 'scheme' | 'credentials' | 'address' | 'resolver' | 'redirect';

export interface Refusal {
  readonly refused: RefusalKind;
  /** One clause: what was found, and what is allowed. */
  readonly reason: string;
}

export const refuse = (refused: RefusalKind, reason: string): Refusal => ({ refused, reason });

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}
