import type { Secrets } from '@pith/kernel';
import type { Lease } from '../engine.ts';

const CREDENTIAL = /auth|key|token|secret|cookie/i;

/** Has what an account's headers hold hidden wherever it would appear; headers that many requests are given are looked at once. */
export function createHider(secrets: Secrets): (lease: Lease) => void {
  const hidden = new WeakSet<object>();
  return ({ headers, account: { name } }) => {
    if (hidden.has(headers)) return;
    hidden.add(headers);
    for (const [header, value] of Object.entries(headers)) if (CREDENTIAL.test(header)) secrets.add(value.replace(/^\w+ /, ''), `account ${name}`, { guessable: true });
  };
}
