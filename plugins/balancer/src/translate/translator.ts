import { estimateRequest, toMessage } from '@pith/kernel';
import { isRecord, type Json } from '@pith/wire';
import { readAnthropicRequest } from '@pith/wire/anthropic';
import type { Account, Family } from '../account/account.ts';
import type { Instead, Translation, Translator } from '../proxy/parts.ts';
import type { Endpoint } from '../proxy/target.ts';
import { createBack } from './back.ts';
import { needsResponses, targetFamily } from './family.ts';
import { type Translated, translateRequest, type Wire } from './request.ts';
import { Untranslatable } from './refused.ts';

const WIRES: Readonly<Partial<Record<Endpoint, Wire>>> = { messages: 'messages', chat: 'chat', responses: 'responses', 'count-tokens': 'messages' };
const PATHS: Readonly<Record<Wire, string>> = { messages: '/v1/messages', chat: '/v1/chat/completions', responses: '/v1/responses' };

export interface TranslatorSetup {
  /** Of the pool, as it is now. */
  accounts: () => readonly Pick<Account, 'family' | 'models'>[];
  now?: () => number;
}

/** Says a request of one family in the words of the other, where the model that is asked for is the other's. */
export function createTranslator({ accounts, now = Date.now }: TranslatorSetup): Translator {
  return {
    translate({ endpoint, model, body }): Translation | Instead | undefined {
      const from = WIRES[endpoint];
      if (from === undefined || model === null) return undefined;
      const asked: Family = from === 'messages' ? 'anthropic' : 'openai';
      const family = targetFamily({ asked, model }, accounts());
      if (family === asked) return undefined;
      const json = parse(body);
      if (json === undefined) return instead('The request is no JSON object, so it cannot be said to a model of the other family');
      try {
        if (endpoint === 'count-tokens') return { kind: 'instead', status: 200, body: countTokens(json) };
        const to: Wire = family === 'anthropic' ? 'messages' : needsResponses(model) ? 'responses' : 'chat';
        return toTranslation(translateRequest(json, { from, to, model }), { from, to, family, json, now });
      } catch (error) {
        if (error instanceof Untranslatable) return instead(`${error.message}. The request asks ${JSON.stringify(model)}, a model of the ${family} kind, by ${PATHS[from]}`);
        return instead(`The request cannot be said to a model of the other family: ${toMessage(error)}`);
      }
    },
  };
}

function toTranslation({ body, headers, model, isStream }: Translated, { from, to, family, json, now }: { from: Wire; to: Wire; family: Family; json: Json; now: () => number }): Translation {
  const includeUsage = isRecord(json['stream_options']) && json['stream_options']['include_usage'] === true;
  return {
    family, endpoint: to, path: PATHS[to], model, headers, body: Buffer.from(JSON.stringify(body)),
    back: (reply) => createBack({ from, to, isStream, model, includeUsage, nowMs: now() }, reply),
  };
}

const instead = (message: string): Instead => ({ kind: 'instead', status: 400, message });

/** No other vendor counts for the client's model, so it is pith's own estimate. */
function countTokens(body: Json): object {
  return { input_tokens: estimateRequest(readAnthropicRequest(body, 'client')) };
}

function parse(body: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
