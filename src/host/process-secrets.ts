import { isKeyVariable } from '@pith/child/environment';
import { createSecrets, type Secrets } from '@pith/kernel';

let secrets: Secrets | undefined;

/** What this process hides in all that it says: the keys of its environment, and what plugins add. One for all kernels in it. */
export function processSecrets(): Secrets {
  return secrets ??= readSecrets(process.env);
}

export function readSecrets(env: Readonly<Record<string, string | undefined>>): Secrets {
  const found = createSecrets();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !isKeyVariable(name, value)) continue;
    found.add(value, name);
    const password = passwordIn(value);
    if (password !== undefined) found.add(password, `password in ${name}`);
  }
  return found;
}

/** The password of an address is told without it, too: by the server that refuses it. */
function passwordIn(value: string): string | undefined {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:([^\s/@]+)@/i.exec(value)?.[1];
  if (written === undefined) return undefined;
  try {
    return decodeURIComponent(written);
  } catch {
    return written; // It was meant as it stands.
  }
}
