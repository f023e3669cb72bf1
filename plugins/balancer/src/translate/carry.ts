import { asList, asRecord, isRecord, type Json } from '@pith/wire';
import { refuse } from './refused.ts';

/**
 * What becomes of one key of a body: nothing where it says what the other family does anyway, the keys that say it there, or a refusal by name.
 */
type Carry = (value: unknown, place: string) => Json | undefined;

const ignore: Carry = () => undefined;
const keep = (name: string): Carry => (value) => ({ [name]: value });
/** Only these values, which mean nothing there. */
const only = (...allowed: readonly unknown[]): Carry => (value, place) => (allowed.includes(value) ? undefined : refuse(place, `is ${shorten(value)}, which a model of the other family cannot be asked for`));
const empty: Carry = (value, place) => (Object.keys(asRecord(value)).length === 0 && !Array.isArray(value) ? undefined : refuse(place));
const user: Carry = (value) => ({ metadata: { user_id: value } });
const tier = (names: Readonly<Record<string, string>>): Carry => (value, place) => (typeof value === 'string' && Object.hasOwn(names, value) ? { service_tier: names[value] } : refuse(place, `is ${shorten(value)}, which the other family does not have`));

const shorten = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 60);

const FROM_ANTHROPIC: Readonly<Record<string, Carry>> = {
  top_p: keep('top_p'),
  service_tier: tier({ auto: 'auto', standard_only: 'default' }),
  cache_control: ignore, // OpenAI caches by itself.
  metadata: (value, place) => {
    const { user_id: id, ...rest } = asRecord(value);
    if (Object.keys(rest).length > 0) refuse(`${place}.${Object.keys(rest)[0]}`);
    return id === undefined || id === null ? undefined : { user: id };
  },
  thinking: (value, place) => {
    const { type, display: _, budget_tokens: __, ...rest } = asRecord(value);
    if (Object.keys(rest).length > 0) refuse(`${place}.${Object.keys(rest)[0]}`);
    return type === 'adaptive' || type === 'enabled' || type === 'disabled' || type === 'between_tools' ? undefined : refuse(`${place}.type`); // To think as it sees fit is what a model of OpenAI does.
  },
  tool_choice: (value, place) => {
    const { disable_parallel_tool_use: isSingle, type: _, name: __, ...rest } = asRecord(value);
    if (Object.keys(rest).length > 0) refuse(`${place}.${Object.keys(rest)[0]}`);
    return isSingle === true ? { parallel_tool_calls: false } : undefined;
  },
};

const BOTH_OPENAI: Readonly<Record<string, Carry>> = {
  top_p: keep('top_p'), user, safety_identifier: user,
  prompt_cache_key: ignore, prompt_cache_retention: ignore, // Where a vendor keeps its cache; this one is told by its marks.
  service_tier: tier({ auto: 'auto', default: 'standard_only' }),
  store: only(false), metadata: empty, top_logprobs: only(0), stream_options: ignore,
};

const FROM_CHAT: Readonly<Record<string, Carry>> = {
  ...BOTH_OPENAI,
  n: only(1), logprobs: only(false), frequency_penalty: only(0), presence_penalty: only(0), logit_bias: empty, verbosity: only('medium'),
  modalities: (value, place) => (asList(value).every((each) => each === 'text') ? undefined : refuse(place, 'asks for more than text')),
  response_format: (value, place) => only('text')(asRecord(value)['type'], `${place}.type`),
  parallel_tool_calls: ignore, // Said with the choice of the tool.
};

const FROM_RESPONSES: Readonly<Record<string, Carry>> = {
  ...BOTH_OPENAI,
  truncation: only('disabled'), background: only(false), parallel_tool_calls: ignore,
  include: (value, place) => (asList(value).every((each) => each === 'reasoning.encrypted_content') ? undefined : refuse(place, 'asks for more than reasoning.encrypted_content')),
  reasoning: (value, place) => {
    const { summary: _, generate_summary: __, ...rest } = asRecord(value);
    return Object.keys(rest).length === 0 ? undefined : refuse(`${place}.${Object.keys(rest)[0]}`);
  },
  text: (value, place) => {
    const { format, verbosity = 'medium', ...rest } = asRecord(value);
    if (Object.keys(rest).length > 0) refuse(`${place}.${Object.keys(rest)[0]}`);
    only('medium', null)(verbosity, `${place}.verbosity`);
    return format === undefined || format === null ? undefined : only('text')(asRecord(format)['type'], `${place}.format.type`);
  },
};

const TABLES = { messages: FROM_ANTHROPIC, chat: FROM_CHAT, responses: FROM_RESPONSES } as const;

/** What is left of a body when its plain words are read, in the words of the other family. @throws Untranslatable, naming what has none */
export function carry(rest: Json, from: keyof typeof TABLES): Json {
  let carried: Json = {};
  for (const [key, value] of Object.entries(rest)) {
    if (value === null || value === undefined) continue;
    const rule = Object.hasOwn(TABLES[from], key) ? TABLES[from][key] : undefined;
    const made = rule === undefined ? refuse(key) : rule(value, key);
    if (made !== undefined) carried = { ...carried, ...made };
  }
  return carried;
}

/** Keys of an object beyond those that are understood. @throws Untranslatable */
export function checkKeys(value: unknown, allowed: readonly string[], place: string): void {
  if (!isRecord(value)) return;
  for (const [key, each] of Object.entries(value)) if (!allowed.includes(key) && each !== null && each !== undefined) refuse(`${place}.${key}`);
}
