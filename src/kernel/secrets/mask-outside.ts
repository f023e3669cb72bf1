import type { OutsideBody } from '../replay/tape.ts';
import type { Secrets } from './secrets.ts';

/** What a model said was masked where it came in, and what was said before when the session was opened. */
export function maskOutside(outside: OutsideBody, secrets: Secrets): OutsideBody {
  if (outside.kind === 'model') return { ...outside, end: secrets.redactDeep(outside.end) };
  if (outside.kind !== 'session') return secrets.redactDeep(outside);
  const { history, ...facts } = outside.facts;
  return { ...outside, facts: { ...secrets.redactDeep(facts), history } };
}
