type Environment = Readonly<Record<string, string | undefined>>;

export interface ChildRules {
  /** Names that a person has said children get, whatever they hold. */
  pass?: readonly string[] | undefined;
  /** Whether a secret that is known stands in a text, however it is written. */
  holdsSecret?: ((text: string) => boolean) | undefined;
}

/** Names of which the whole family stays here. */
const OWN = /^(?:PITH|ANTHROPIC|OPENAI|OPENROUTER)_/;
/** Names that say that their value opens something. A part is a word between underscores. */
const PARTS = /(?:^|_)(?:(?:API|ACCESS|SECRET|PRIVATE|ENCRYPTION|SIGNING|MASTER|AUTH|SESSION)_?KEYS?|KEYS?|TOKENS?|SECRETS?|PASS|PASSWD|PASSPHRASE|PASSCODE|PWD|PW|CREDENTIALS?|CREDS?|AUTH|AUTHTOKEN|PAT|JWT|COOKIES?|BEARER|DSN|CONN(?:ECTION)?_?STR(?:ING)?)(?:_|$)/;
/** Also within a word: `PGPASSWORD`, `MYSECRET`, `NPMTOKEN`. */
const WITHIN = /PASSWORD|(?:SECRET|TOKEN|APIKEY|ACCESSKEY)$/;
/** What such a word stands in front of when the value is about a secret and is none: `AUTH_TYPE`, `TOKEN_URL`. Its value is looked at all the same. */
const ABOUT = /_(?:URL|ENDPOINT|HOST|HOSTNAME|PORT|DOMAIN|REALM|ISSUER|AUDIENCE|TYPE|METHOD|MODE|PROVIDER|STRATEGY|ALG|ALGORITHM|TTL|EXPIRY|EXPIRES_IN|TIMEOUT|LENGTH|SIZE|LIMIT|COUNT|NAME|USER|USERNAME|PREFIX|ENABLED|DISABLED|REQUIRED|DIR)$|(?:^|_)PUBLIC_KEYS?$/;
/** Of the families above, what is no secret. */
const KEPT = new Set(['PITH_HOME', 'PWD', 'SSH_AUTH_SOCK']);
/** A switch opens nothing, whatever its name: `DISABLE_AUTH=1`. Nor does a number of few digits, unless it is called a password. */
const SWITCH = /^(?:[01]|true|false|yes|no|on|off|none|null|enabled|disabled|auto)?$/i;
const FEW_DIGITS = /^\d{1,7}$/;
const PASSWORD = /PASS|PWD|PW$|SECRET|PIN/;
/** Values that are keys whatever their name: those of well-known services, signed tokens, private keys. */
const VALUES = /^(?:sk-[\w-]{16,}|sk_(?:live|test)_\w{10,}|gh[opsru]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|xox[abposr]-[\w-]{10,}|AKIA[A-Z0-9]{16}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)$|-----BEGIN [A-Z ]*PRIVATE KEY-----/i;
/** An address with a password in it, or with a name that is long enough to be a token; one of several, or behind `jdbc:`, too. */
const CREDENTIALS_IN_URL = /:\/\/(?:[^/\s:@]*:[^/\s@]+|[^/\s:@]{20,})@/;
/** `…?user=me&password=word`, `Server=db;Pwd=word`, `-Ddb.password=word` */
const ASSIGNED = /(?:password|passwd|(?:^|[?&;\s])(?:pwd|secret|access_?token|api_?key|accountkey|sharedaccesskey|sig))=[^&;\s]/i;
/** Without these, programs would go elsewhere: past the proxy, or to the public registry. They stay without the credentials in them. */
const ROUTES = /(?:^|_)(?:PROXY|INDEX_URL|REGISTRY|GOPROXY)$/;
const IN_URL = /(:\/\/)[^/\s@]+@/g;
/** What a variable of such a name may hold besides: short words and paths, which stand in others without harm. */
const HARMLESS = /^(?:.{0,7}|[/~].*)$/s;
/** They change how a shell reads a line, or what its words mean: then what was judged would not be what runs. */
const CHANGES_READING = /^(?:BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|BASH_COMPAT|POSIXLY_CORRECT|PS4|PROMPT_COMMAND|CDPATH|GLOBIGNORE|EXECIGNORE)$/s;

/**
 * The environment of a child process: the host's own without what looks like a credential, by name or by value, without any
 * variable in which the value of such a one or another known secret stands, and without what changes how a shell reads a line.
 */
export function childEnvironment(env: Environment, { pass = [], holdsSecret = () => false }: ChildRules = {}): Record<string, string> {
  const passed: [string, string][] = [];
  const kept: [string, string][] = [];
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const route = toRoute(name, value);
    if (pass.includes(name)) passed.push([name, value]);
    else if (isSecret(name, route)) {
      if (!HARMLESS.test(value)) secrets.push(value);
    } else if (!CHANGES_READING.test(name)) kept.push([name, route]);
  }
  const clean = kept.filter(([, value]) => !secrets.some((secret) => value.includes(secret)) && !holdsSecret(value));
  return Object.fromEntries([...clean, ...passed]);
}

function isSecret(given: string, value: string): boolean {
  const name = toName(given);
  if (KEPT.has(name)) return false;
  return OWN.test(name) || isKeyVariable(given, value);
}

/** Whether a variable opens something, by its name or by its value: what it holds may be shown nowhere. */
export function isKeyVariable(given: string, value: string): boolean {
  const name = toName(given);
  if (KEPT.has(name)) return false;
  return isKeyName(name, value) || VALUES.test(value) || CREDENTIALS_IN_URL.test(value) || ASSIGNED.test(value);
}

function isKeyName(name: string, value: string): boolean {
  if (!PARTS.test(name) && !WITHIN.test(name)) return false;
  return !ABOUT.test(name) && !SWITCH.test(value) && !(FEW_DIGITS.test(value) && !PASSWORD.test(name));
}

/** Where requests go, without what opens it. */
function toRoute(given: string, value: string): string {
  return ROUTES.test(toName(given)) ? value.replace(IN_URL, '$1') : value;
}

function toName(given: string): string {
  return given.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/** What every command gets besides: nothing waits for a person, nothing pages. */
export const QUIET: Readonly<Record<string, string>> = { GIT_TERMINAL_PROMPT: '0', PAGER: 'cat', TERM: 'dumb' };

/** @param added by `execute` taps; `undefined` takes a name away */
export function commandEnvironment(env: Environment, added: Environment, rules: ChildRules = {}): Record<string, string> {
  const merged: Environment = { ...childEnvironment(env, rules), ...QUIET, ...added };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
