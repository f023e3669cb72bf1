import { createRedactor, type Redactor, toMask } from '@pith/redact';

/** The key of a server on this machine may be shorter than what is a secret anywhere else. */
const SHORTEST = 4;
const LABEL = 'key';
const redactors = new WeakMap<readonly string[], Redactor>();

/** A text without the values given, in whatever spelling, and without anything that looks like a key. */
export function redact(text: string, secrets: readonly string[]): string {
  let redactor = redactors.get(secrets);
  if (redactor === undefined) {
    redactors.set(secrets, redactor = createRedactor());
    for (const secret of secrets) redactor.add(secret, LABEL, { guessable: true });
  }
  let clean = redactor.redact(text);
  for (const secret of secrets) if (secret.length >= SHORTEST) clean = clean.replaceAll(secret, toMask(LABEL));
  return clean;
}
