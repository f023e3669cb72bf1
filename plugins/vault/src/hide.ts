import type { Secrets } from '@pith/kernel';

/** A text is a secret, whatever it is; of an object, what looks like one. */
export function hide(secrets: Pick<Secrets, 'add'> | undefined, name: string, value: unknown): void {
  if (typeof value === 'string') secrets?.add(value, name, { guessable: true });
  else for (const text of textsIn(value)) secrets?.add(text, name);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
