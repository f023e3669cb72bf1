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
    for (const secret of secretsIn(value)) found.add(secret, name);
  }
  return found;
}

/** Of an address only the password, of JSON only what looks like a key: what is around them stands in other texts, too. */
function secretsIn(value: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:([^\s/@]{8,})@/i.exec(value)?.[1];
  if (password !== undefined) return [...new Set([password, unescapeUrl(password)])];
  if (!/^\s*[{[]/.test(value)) return [value];
  try {
    return textsIn(JSON.parse(value)).filter((text) => text.length >= JSON_TEXT_MIN && /\d/.test(text) && !/^https?:/.test(text));
  } catch {
    return [value]; // It only begins like JSON.
  }
}

const JSON_TEXT_MIN = 16;

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function unescapeUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // It was meant as it stands.
  }
}
