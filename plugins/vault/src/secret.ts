import { EXIT, PithError, type SecretValue } from '@pith/kernel';

export const MAX_VALUE_BYTES = 64 * 1024;
export const MAX_SECRETS = 1000;
/** All of them together, as JSON; it is read and written whole. */
export const MAX_VAULT_BYTES = 16 * 1024 * 1024;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._/:-]{0,127}$/;

export const isName = (name: unknown): name is string => typeof name === 'string' && NAME.test(name);

/** A mistake is not repeated in the error: who takes the value for the name shows it to nobody. @throws PithError SECRET_NAME_INVALID */
export function checkName(name: string): void {
  if (isName(name)) return;
  throw new PithError('The name of a secret begins with a letter or digit, and holds letters, digits and . _ - / : only, at most 128', {
    code: 'SECRET_NAME_INVALID', exitCode: EXIT.usage, hint: 'For a provider it is the provider’s name, as in: pith auth set anthropic',
  });
}

/** @throws PithError SECRET_VALUE_INVALID, without the value */
export function checkValue(value: SecretValue): void {
  const invalid = (what: string): PithError => new PithError(`A secret ${what}`, { code: 'SECRET_VALUE_INVALID', exitCode: EXIT.usage });
  let text: string | undefined;
  try {
    text = typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    throw invalid('is a text, or an object that JSON can carry');
  }
  if (text === undefined || (typeof value !== 'string' && !text.startsWith('{'))) throw invalid('is a text, or an object that JSON can carry');
  if (text === '') throw invalid('is not empty');
  if (!text.isWellFormed()) throw invalid('is text, and holds no half characters');
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_VALUE_BYTES) throw invalid(`takes ${MAX_VALUE_BYTES / 1024} KB at most; this one takes ${Math.ceil(bytes / 1024)} KB`);
}

export function full(what: string): PithError {
  return new PithError(`The vault takes ${what} at most`, { code: 'SECRET_VALUE_INVALID', exitCode: EXIT.usage, hint: 'Take one out: pith auth remove NAME' });
}
