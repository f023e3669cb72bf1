import type { ModelRequest } from '@pith/kernel';
import { type Json, mergeDeep, without } from './json.ts';
import { toJson, toWellFormed } from './well-formed.ts';

/** Writes the request bodies of one vendor. */
export interface BodyWriter {
  toBody(request: ModelRequest): Json;
  /** `JSON.stringify(toBody(request))`, at the cost of what is new since the request before. */
  toBodyText(request: ModelRequest): string;
}

/** A part of the body that is large, and therefore has its text from a cache. Neither gives anything where it is empty. */
export interface BodyField {
  key: string;
  value(): unknown;
  text(): string | undefined;
}

/**
 * A body is a small head, written anew for each request, and then its large fields, the conversation last: so the text
 * of a request is, up to the brackets that close it, the beginning of the text of the next one.
 * `options.body` is merged in last; where it names a large field it takes that field's place.
 */
export function createBodyWriter(parts: (request: ModelRequest) => { head: Json; fields: readonly BodyField[] }): BodyWriter {
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
    toBodyText(request) {
      const { head, fields, over } = split(request);
      let text = toJson(head).slice(0, -1);
      for (const { key, text: ownText } of fields) {
        const own = key in over ? (over[key] === undefined ? undefined : toJson(over[key])) : ownText();
        if (own !== undefined) text += `,${JSON.stringify(key)}:${own}`;
      }
      return `${text}}`;
    },
  };
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
    text: () => `[${owners.map((owner) => cached(owner)!.slice(1, -1)).filter((text) => text !== '').join(',')}]`,
  };
}
