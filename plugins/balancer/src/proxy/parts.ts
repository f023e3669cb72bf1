import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import type { NetPolicy } from '@pith/net';
import type { Account, Family } from '../account/account.ts';
import type { Books, RequestRow } from '../books/row.ts';
import type { Engine } from '../engine.ts';
import type { RawHeaders } from './headers.ts';
import type { ProxyLimits } from './limits.ts';
import type { Endpoint } from './target.ts';

/** What the data plane stands on. */
export interface ProxyParts {
  engine: Engine;
  books: Books;
  keys?: ClientKeys;
  agents?: Agents;
  translator?: Translator;
  payloads?: Payloads;
  /** Everything that is not below `/v1/`. */
  other?: RequestListener;
  limits?: Partial<ProxyLimits>;
  /** Where an account's requests may go. Default: https to public addresses, and loopback where its own address says so. */
  policyOf?: (account: Account) => NetPolicy;
  /** Where corporate proxies are looked for. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Certificates (PEM) to trust instead of the machine's own. */
  ca?: string;
  /** Names that the proxy may be asked by, beside those of the machine it listens on. */
  hosts?: readonly string[];
  /** What a person who looks after it should know. */
  log?: (line: string) => void;
  now?: () => number;
}

/** A program that may use the pool. */
export interface ClientKey {
  id: string;
  /** Only these accounts, by id. */
  accounts?: ReadonlySet<string>;
  /** Why it may not ask for this model. */
  refuse?(model: string | null, asked: KeyAsked): KeyRefusal | undefined;
  /** Sets aside what the request may cost; nothing where the key has no budget. */
  hold?(model: string | null, asked: KeyAsked): KeyHold | KeyRefusal | undefined | Promise<KeyHold | KeyRefusal>;
}

export interface KeyRefusal { status: 400 | 403 | 429 | 503; message: string; retryAfterS?: number }

/** Given back when the row of the request is made. */
export interface KeyHold { settle(row: RequestRow): void }

/** What a key is asked with. */
export interface KeyAsked {
  endpoint: Endpoint;
  path: string;
  method: string;
  family: Family;
  /** Each name that stands in the body as the model's, or could be taken for it. */
  models: readonly string[];
  requestBytes: number;
  /** How long an answer may be as the request limits it, and how many it wants; looked for where it is asked. */
  output(): { outputTokens?: number; choices?: number };
  /** Why it may use another model than this one, that it is sent with; looked for where it is asked. */
  whyNotOneModel(model: string): string | undefined;
}

export interface ClientKeys {
  /** Nobody needs a key before there is one. */
  readonly isRequired: boolean;
  check(key: string): ClientKey | undefined;
  /** Why one that is known may not be used now. */
  explain?(key: string): string | undefined;
}

/** What is known of whoever asks. */
export interface AgentFacts { agent?: string; project?: string; /** Which it should be asked of instead. */ model?: string }

export interface Agents {
  /**
   * @param system its system prompt, decoded where it is asked for
   * @param first what the user says first, where that names a CLAUDE.md
   * @param mentions whether the request has that name anywhere
   */
  recognise(request: { system: () => string | undefined; first?: () => string | undefined; mentions?: () => boolean; own: Readonly<Record<string, string>>; model: string | null }): AgentFacts | undefined;
}

/** A request of one family as one of the other. */
export interface Translation {
  family: Family;
  endpoint: Endpoint;
  path: string;
  model: string;
  body: Buffer;
  /** In the place of the client's own, which say something of its own family. */
  headers?: Readonly<Record<string, string>>;
  /** The way back, for the reply to one attempt. */
  back(reply: VendorReply): Back;
}

/** The head of a vendor's answer. */
export interface VendorReply { status: number; isStream: boolean; headers?: Readonly<Record<string, string | string[] | undefined>> }

export interface Back {
  headers: RawHeaders;
  /** Where it is another one than the vendor's; settled when there is something to pass on. */
  status?: number;
  /** What can be passed on now of what has come. */
  push(chunk: Buffer): Buffer | undefined;
  end(): Buffer | undefined;
}

/** An answer without any account: why the request cannot be translated, or what nobody else could say. */
export type Instead = { kind: 'instead' } & ({ status: 400; message: string } | { status: 200; body: object });

export interface Translator {
  /** Nothing where the model is one of the family that was asked. */
  translate(request: { endpoint: Endpoint; model: string | null; body: Buffer }): Translation | Instead | undefined;
}

/** Keeps what was said, where a person wants that. */
export interface Payloads {
  begin(requestId: string): { request(headers: RawHeaders, body: Buffer | undefined): void; replyHead(status: number, headers: IncomingHttpHeaders): void; reply(chunk: Buffer): void; end(row: RequestRow): void } | undefined;
}
