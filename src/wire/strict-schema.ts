import { asList, isRecord, type Json } from './json.ts';

/**
 * Whether OpenAI takes a schema as strict: every object lists all of its properties as required and allows no others.
 * A schema that is not so is sent as a wish instead of being refused.
 */
export function isStrictSchema(schema: Json): boolean {
  if (schema['type'] === 'object' || isRecord(schema['properties'])) {
    const names = Object.keys(isRecord(schema['properties']) ? schema['properties'] : {});
    const required = new Set(asList(schema['required']));
    if (schema['additionalProperties'] !== false || !names.every((name) => required.has(name))) return false;
  }
  const inner = [
    ...Object.values(isRecord(schema['properties']) ? schema['properties'] : {}),
    ...Object.values(isRecord(schema['$defs']) ? schema['$defs'] : {}),
    ...asList(schema['anyOf']), schema['items'],
  ];
  return inner.every((each) => !isRecord(each) || isStrictSchema(each));
}
