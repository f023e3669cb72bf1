import type { CredentialKind } from '../account/account.ts';
import { balancerError } from '../errors.ts';
import type { Balancer } from '../service.ts';
import type { NewSecret } from './add-account.ts';
import { askLine, askSecret } from './ask-person.ts';
import { openBrowser } from './sign-in/open-browser.ts';
import type { SignInWay } from './sign-in/sign-in.ts';

/** How an account is paid for, and where its secret is from. */
export type SecretSource = { credential: 'oauth'; issuer: string; way: SignInWay } | { credential: Exclude<CredentialKind, 'oauth'> };

/**
 * Gets a secret from a person, a pipe or an issuer. What a person must do goes to standard error, also where the result is JSON.
 * @throws PithError as `askSecret` and `signIn` do
 */
export async function getSecret(name: string, source: SecretSource, { options, env, redact, hide, vault }: Balancer): Promise<NewSecret> {
  if (source.credential !== 'oauth') return askSecret(`The ${source.credential === 'bearer' ? 'token' : 'key'} for ${name} (it is not shown): `);
  const { signIn } = await import('./sign-in/sign-in.ts');
  return signIn(source.issuer, source.way, {
    issuers: options.issuers, vault: await vault(), env, redact, askLine,
    say: (text) => { process.stderr.write(`${text}\n`); }, openBrowser: (url) => openBrowser(url, env), hide,
  });
}

/** The way that flags name. */
export function toWay({ paste, device }: { paste: boolean; device: boolean }): SignInWay {
  return device ? 'device' : paste ? 'paste' : 'browser';
}

/**
 * Before oclif looks at it, which would print what it does not know: a key on the command line is not repeated.
 * @param words how many there are beside the flags, and their values
 * @throws PithError ACCOUNT_SECRET_INVALID
 */
export function refuseTypedKey(argv: readonly string[], command: string, withValue: readonly string[]): void {
  const words = argv.filter((word, index) => !word.startsWith('-') && !withValue.includes(argv[index - 1] ?? ''));
  if (words.length <= 1 && !argv.some((word) => /^--(?:key|bearer)=/.test(word))) return;
  throw balancerError('ACCOUNT_SECRET_INVALID', `${command} takes one name; a key is never taken from the command line, and a name with blanks stands in quotes`, {
    hint: `Leave the key out and paste it at the prompt, or pipe it in: ${command} NAME < FILE. If what you typed was a key, it is in your shell’s history now: take it out there, and get a new one where others use this machine.`,
  });
}
