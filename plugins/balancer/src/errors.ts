import { EXIT, type ExitCode, PithError, type PithErrorOptions } from '@pith/kernel';

/** Every code of this plugin: its exit code, and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  ACCOUNT_ADDRESS_REFUSED: [EXIT.usage, 'the address of a new account is one where no request of a pool may go, or not without a person’s yes'],
  ACCOUNT_ISSUER_INVALID: [EXIT.usage, 'an issuer of the settings cannot be signed in at as it is configured'],
  ACCOUNT_ISSUER_UNKNOWN: [EXIT.usage, 'the settings name no issuer of that name'],
  ACCOUNT_NAME_INVALID: [EXIT.usage, 'an account cannot have that name'],
  ACCOUNT_NAME_TAKEN: [EXIT.usage, 'another account has that name'],
  ACCOUNT_NEEDS_SIGN_IN: [EXIT.provider, 'the issuer takes the refresh token of an account no more: a person must sign in again'],
  ACCOUNT_NOT_FOUND: [EXIT.usage, 'there is no account of that name or id, or no longer'],
  ACCOUNT_NOT_REMOVED: [EXIT.usage, 'the name that confirms a removal did not come, or is another one'],
  ACCOUNT_REFRESH_FAILED: [EXIT.provider, 'the token of an account could not be refreshed, which is tried again later'],
  ACCOUNT_SECRET_INVALID: [EXIT.usage, 'what was given as a key or a token cannot be one'],
  ACCOUNT_SECRET_MISSING: [EXIT.usage, 'the vault holds no secret for an account'],
  ACCOUNT_SECRET_TAKEN: [EXIT.usage, 'another account has the same key already'],
  ACCOUNT_SIGN_IN_EXPIRED: [EXIT.limit, 'a sign-in was not finished in time'],
  ACCOUNT_SIGN_IN_FAILED: [EXIT.provider, 'the issuer refused a sign-in, or could not be reached for it'],
  ACCOUNT_TEST_FAILED: [EXIT.provider, 'the server of an account did not answer well when it was tested'],
  ACCOUNT_VALUE_INVALID: [EXIT.usage, 'a priority, a tier or another value of an account is not one that it can have'],
  AGENT_MODEL_REFUSED: [EXIT.usage, 'a model that an agent cannot be asked of, or the name of none'],
  AGENT_NOT_FOUND: [EXIT.usage, 'there is no agent of that name or id'],
  BALANCER_ALL_OUT: [EXIT.provider, 'no account of the pool can take a request now'],
  BALANCER_ALONE: [EXIT.failed, 'a command of the balancer was not started by pith, or its plugin did not load'],
  BALANCER_SETTINGS_UNREADABLE: [EXIT.usage, 'what the API has been told to keep, or the settings file, cannot be read'],
  BALANCER_SETTING_FIXED: [EXIT.usage, 'a setting cannot be changed while it runs, since the environment or an administrator says what it is'],
  BALANCER_SETTING_INVALID: [EXIT.usage, 'a setting of the balancer is not one that it can have, or there is none of that name'],
  BOOKS_TIME_INVALID: [EXIT.usage, 'a point in time was typed in a way that nobody can read'],
  BOOKS_UNWRITABLE: [EXIT.failed, 'a request cannot be written on the books, mostly since the disk is full'],
  PROXY_ACCOUNT_ADDRESS: [EXIT.usage, 'the address of an account is not one of http or https'],
  PROXY_ADDRESS_REFUSED: [EXIT.refused, 'the address of an account leads where no request of a pool may go'],
  PROXY_CONNECT_TIMEOUT: [EXIT.provider, 'the server of an account could not be connected to in time'],
  PROXY_KEY_NAME_INVALID: [EXIT.usage, 'a client key cannot have that name'],
  PROXY_KEY_NAME_TAKEN: [EXIT.usage, 'another client key has that name'],
  PROXY_KEY_NOT_FOUND: [EXIT.usage, 'there is no client key of that name or id, or no longer'],
  PROXY_KEY_NOT_REMOVED: [EXIT.usage, 'the name that confirms the removal of a client key did not come, or is another one'],
  PROXY_KEY_VALUE_INVALID: [EXIT.usage, 'a budget, a list of models or a time of a client key is not one that it can have'],
  PROXY_NEEDS_KEYS: [EXIT.usage, 'a proxy that others can reach has no client keys'],
  PROXY_NOT_LISTENING: [EXIT.failed, 'the proxy cannot listen there: the port is taken, or may not be used'],
  PROXY_TOKEN_THERE: [EXIT.usage, 'there is a token of the management API already, of which only the hash is kept'],
  PROXY_TOKEN_WEAK: [EXIT.usage, 'the token that the environment gives to the management API can be guessed'],
  REQUEST_NOT_FOUND: [EXIT.usage, 'there is no request of that id on the books, or no longer'],
} as const satisfies Record<string, readonly [ExitCode, string]>;

export type BalancerErrorCode = keyof typeof CODES;

export function balancerError(code: BalancerErrorCode, message: string, options: Omit<PithErrorOptions, 'code' | 'exitCode'> = {}): PithError {
  return new PithError(message, { ...options, code, exitCode: CODES[code][0], plugin: 'balancer' });
}
