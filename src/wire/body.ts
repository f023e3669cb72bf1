import type { Message, ModelRequest } from '@pith/kernel';
import { GrowingBytes } from './growing-bytes.ts';
import { type Json, mergeDeep, without } from './json.ts';
import { toJson, toWellFormed } from './well-formed.ts';

/** Writes the request bodies of one vendor. */
export interface BodyWriter {
  toBody(request: ModelRequest): Json;
  /** `JSON.stringify(toBody(request))`, in UTF-8, at the cost of what is new since the request before of this conversation. */
  toBodyBytes(request: ModelRequest): Uint8Array;
}

/** A part of the body that is large, and therefore has its text, in pieces, from a cache. Neither gives anything where it is empty. */
export interface BodyField {
  key: string;
  value(): unknown;
  texts(): readonly string[] | undefined;
}

/**
 * A body is a small head, written anew for each request, and then its large fields, the conversation last: so the text
 * of a request is, up to the brackets that close it, the beginning of the text of the next one.
 * `options.body` is merged in last; where it names a large field it takes that field's place.
 */
export function createBodyWriter(parts: (request: ModelRequest) => { head: Json; fields: readonly BodyField[] }): BodyWriter {
  const grown = new WeakMap<Message, GrowingBytes>();
  const split = (request: ModelRequest) => {
    const { head, fields } = parts(request);
    const over = request.options.body ?? {};
    return { fields, over, head: mergeDeep(head, without(over, new Set(fields.map(({ key }) => key)))) };
  };
  return {
    toBody(request) {
      const { head, fields, over } = split(request);
      const body = toWellFormed(head);
      for (const { key, value } of fields) {
        const own = key in over ? over[key] : value();
        if (own !== undefined) body[key] = toWellFormed(own);
      }
      return body;
    },
    toBodyBytes(request) {
      const { head, fields, over } = split(request);
      const texts = [toJson(head).slice(0, -1)];
      for (const { key, texts: ownTexts } of fields) {
        const own = key in over ? (over[key] === undefined ? undefined : [toJson(over[key])]) : ownTexts();
        if (own !== undefined) texts.push(`,${JSON.stringify(key)}:`, ...own);
      }
      texts.push('}');
      return bytesOf(request).write(texts);
    },
  };

  /** Each conversation grows by itself; its first message tells it from the others. */
  function bytesOf({ messages: [first] }: ModelRequest): GrowingBytes {
    if (first === undefined) return new GrowingBytes();
    let bytes = grown.get(first);
    if (bytes === undefined) grown.set(first, bytes = new GrowingBytes());
    return bytes;
  }
}

/** The JSON text of what `make` makes of an object, made once for each object. Nothing is made of nothing. */
export function cacheText<K extends object>(make: (key: K) => unknown): (key: K) => string | undefined {
  const texts = new WeakMap<K, { text: string | undefined }>();
  return (key) => {
    let known = texts.get(key);
    if (known === undefined) {
      const value = make(key);
      texts.set(key, known = { text: value === undefined ? undefined : toJson(value) });
    }
    return known.text;
  };
}

/** A field whose items are made of one object each; an object may make several items, or none. */
export function listField<K extends object>(key: string, owners: readonly K[], make: (owner: K) => readonly unknown[], cached: (owner: K) => string | undefined): BodyField {
  return {
    key,
    value: () => owners.flatMap((owner) => make(owner)),
    texts: () => inList(owners.map((owner) => cached(owner)!.slice(1, -1)).filter((text) => text !== '')),
  };
}

/** A field that is one piece. */
export const inOne = (text: string | undefined): string[] | undefined => (text === undefined ? undefined : [text]);

/** Pieces of a JSON list. */
export function inList(items: readonly string[]): string[] {
  const texts = items.flatMap((item) => [',', item]);
  return texts.length === 0 ? ['[]'] : ['[', ...texts.slice(1), ']'];
}
