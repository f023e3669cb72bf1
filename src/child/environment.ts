type Environment = Readonly<Record<string, string | undefined>>;

/** Names of which the whole family stays here. */
const OWN = /^(?:PITH|ANTHROPIC|OPENAI|OPENROUTER)_/;
/** Names that say that their value opens something. A part is a word between underscores. */
const PARTS = /(?:^|_)(?:(?:API|ACCESS|SECRET|PRIVATE|ENCRYPTION|SIGNING|MASTER|AUTH|SESSION)_?KEYS?|KEY|TOKENS?|SECRETS?|PASS|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|CREDS?|AUTH|AUTHTOKEN|PAT|JWT|COOKIES?|BEARER)(?:_|$)/;
/** Also within a word: `PGPASSWORD`, `MYSECRET`, `NPMTOKEN`. */
const WITHIN = /PASSWORD|(?:SECRET|TOKEN|APIKEY)$/;
/** Of the families above, what is no secret. */
const KEPT = new Set(['PITH_HOME', 'PWD', 'SSH_AUTH_SOCK']);
/** Values that are keys whatever their name: those of well-known services, signed tokens, private keys, addresses with a password. */
const VALUES = /^(?:sk-[\w-]{16,}|sk_(?:live|test)_\w{10,}|gh[opsru]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|xox[abposr]-[\w-]{10,}|AKIA[A-Z0-9]{16}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)$|-----BEGIN [A-Z ]*PRIVATE KEY-----|^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;
/** What a variable of such a name may hold besides: short words and paths, which stand in others without harm. */
const HARMLESS = /^(?:.{0,7}|[/~].*)$/s;

/**
 * The environment of a child process: the host's own without what looks like a credential, by name or by value, and without
 * any variable in which the value of such a one stands.
 */
export function childEnvironment(env: Environment): Record<string, string> {
  const kept: [string, string][] = [];
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (!isSecret(name, value)) kept.push([name, value]);
    else if (!HARMLESS.test(value)) secrets.push(value);
  }
  return Object.fromEntries(kept.filter(([, value]) => !secrets.some((secret) => value.includes(secret))));
}

function isSecret(given: string, value: string): boolean {
  const name = toName(given);
  if (KEPT.has(name)) return false;
  return OWN.test(name) || isKeyVariable(given, value);
}

/** Whether a variable opens something, by its name or by its value: what it holds may be shown nowhere. */
export function isKeyVariable(given: string, value: string): boolean {
  const name = toName(given);
  return !KEPT.has(name) && (PARTS.test(name) || WITHIN.test(name) || VALUES.test(value));
}

function toName(given: string): string {
  return given.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/** What every command gets besides: nothing waits for a person, nothing pages. */
export const QUIET: Readonly<Record<string, string>> = { GIT_TERMINAL_PROMPT: '0', PAGER: 'cat', TERM: 'dumb' };

/** @param added by `execute` taps; `undefined` takes a name away */
export function commandEnvironment(env: Environment, added: Environment): Record<string, string> {
  const merged: Environment = { ...childEnvironment(env), ...QUIET, ...added };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
