import { Flags } from '@oclif/core';
import { EXIT, MODES, PithError, type Settings } from '@pith/kernel';

const invalid = (flag: string, found: string, allowed: string): PithError =>
  new PithError(`--${flag} ${found} is not accepted; allowed is ${allowed}`, { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'pith run --help shows examples.' });

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, ms: 0.001 };

/** A time as `90`, `90s`, `5m`, `1h` or `500ms`; a bare number is seconds. @returns seconds */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text);
  const seconds = match === null ? 0 : Number(match[1]) * UNITS[match[2]!]!;
  if (!(seconds > 0)) throw invalid(flag, text, 'a time above zero such as 90, 90s, 5m or 1h');
  return seconds;
}

function parseCount(text: string, flag: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1 || !Number.isSafeInteger(Number(text))) throw invalid(flag, text, 'a whole number from 1');
  return Number(text);
}

function parseDollars(text: string, flag: string): number {
  const dollars = /^\$?\d+(\.\d+)?$/.test(text) ? Number(text.replace('$', '')) : 0;
  if (!(dollars > 0)) throw invalid(flag, text, 'an amount of dollars above zero such as 0.50');
  return dollars;
}

function parseTemperature(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 2)) throw invalid('temperature', text, 'a number from 0 to 2');
  return value;
}

function parseHeaders(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[=:]\s*(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined || /[\r\n\0]/.test(value)) throw invalid('header', JSON.stringify(text), 'NAME=VALUE on one line');
    return [name, value];
  }));
}

function parseBody(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // Said below, like everything else that is no object.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('body', text, `a JSON object such as '{"top_p":0.9}'`);
  return value as Record<string, unknown>;
}

/** What a conversation begins with, in `run` and in `chat`. */
export const chatFlags = {
  model: Flags.string({ char: 'm', summary: 'Model to use, by name or as provider/name.', helpGroup: 'MODEL' }),
  'fallback-model': Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Model to go to when the one before is busy or fails. May be given again, in order.', helpValue: 'MODEL', helpGroup: 'MODEL' }),
  provider: Flags.string({ summary: 'Provider to use.', helpGroup: 'MODEL' }),
  effort: Flags.string({ summary: 'How hard the model thinks, in its vendor’s words: low, medium, high …', helpGroup: 'MODEL' }),
  thinking: Flags.string({ summary: 'Tokens the model may think with, or off.', helpValue: 'N|off', helpGroup: 'MODEL' }),
  'task-budget': Flags.string({ summary: 'Tokens the model is told it has for the whole task (Anthropic).', helpValue: 'N', helpGroup: 'MODEL' }),
  temperature: Flags.string({ summary: 'Sampling temperature, from 0 to 2.', helpValue: 'T', helpGroup: 'MODEL' }),
  'max-tokens': Flags.string({ summary: 'Tokens of a reply.', helpValue: 'N', helpGroup: 'LIMITS' }),
  beta: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Ask for a beta feature of the vendor.', helpValue: 'NAME', helpGroup: 'MODEL' }),
  header: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Send this header with requests to the model.', helpValue: 'NAME=VALUE', helpGroup: 'MODEL' }),
  body: Flags.string({ summary: 'Merge this JSON object into requests to the model.', helpValue: 'JSON', helpGroup: 'MODEL' }),
  attach: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Attach a file: an image, a PDF, or text.', helpValue: 'FILE', helpGroup: 'INPUT AND OUTPUT' }),
  system: Flags.string({ summary: 'Replace the system prompt with this text.', helpGroup: 'MODEL' }),
  'append-system': Flags.string({ summary: 'Add this text to the system prompt.', helpGroup: 'MODEL' }),
  allow: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Allow calls that this rule covers. May be given again.', helpValue: 'RULE', helpGroup: 'PERMISSION' }),
  ask: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Ask before calls that this rule covers.', helpValue: 'RULE', helpGroup: 'PERMISSION' }),
  deny: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Refuse calls that this rule covers.', helpValue: 'RULE', helpGroup: 'PERMISSION' }),
  mode: Flags.string({ summary: 'Permission mode.', options: [...MODES], helpGroup: 'PERMISSION' }),
  cwd: Flags.string({ char: 'C', summary: 'Folder to work in.', helpValue: 'DIR', helpGroup: 'PERMISSION' }),
  'add-dir': Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Another folder that counts as inside.', helpValue: 'DIR', helpGroup: 'PERMISSION' }),
  'max-steps': Flags.string({ aliases: ['max-turns'], summary: 'Stop after this many model calls.', helpValue: 'N', helpGroup: 'LIMITS' }),
  'max-cost': Flags.string({ summary: 'Stop when the turn has cost this many dollars.', helpValue: 'USD', helpGroup: 'LIMITS' }),
  timeout: Flags.string({ summary: 'Stop after this time: 90, 90s, 5m, 1h.', helpValue: 'TIME', helpGroup: 'LIMITS' }),
  continue: Flags.boolean({ char: 'c', summary: 'Go on with the last session of this folder.', exclusive: ['resume', 'no-session'], helpGroup: 'SESSION' }),
  resume: Flags.string({ char: 'r', summary: 'Go on with this session.', helpValue: 'ID', exclusive: ['no-session'], helpGroup: 'SESSION' }),
  fork: Flags.boolean({ summary: 'With --continue or --resume: go on in a copy, and leave that session as it is.', relationships: [{ type: 'some', flags: ['continue', 'resume'] }], helpGroup: 'SESSION' }),
  'no-session': Flags.boolean({ summary: 'Keep no transcript.', helpGroup: 'SESSION' }),
};

/** The flags of `run`. */
export const runFlags = {
  ...chatFlags,
  schema: Flags.string({ summary: 'File with a JSON Schema that the answer must fit.', helpValue: 'FILE', helpGroup: 'INPUT AND OUTPUT' }),
  output: Flags.string({ char: 'o', summary: 'What to print: the answer, one JSON object, or one event a line.', options: ['text', 'json', 'stream-json'], default: 'text', helpGroup: 'INPUT AND OUTPUT' }),
  input: Flags.string({ summary: 'What standard input is: text of the prompt, or a conversation of JSON lines.', options: ['text', 'stream-json'], default: 'text', helpGroup: 'INPUT AND OUTPUT' }),
  stream: Flags.boolean({ summary: 'Print everything the model says as it says it, also into a pipe.', helpGroup: 'INPUT AND OUTPUT' }),
  quiet: Flags.boolean({ char: 'q', summary: 'No progress on standard error.', exclusive: ['verbose'], helpGroup: 'INPUT AND OUTPUT' }),
  verbose: Flags.boolean({ char: 'v', summary: 'Also show model calls, tokens, cost and decisions.', helpGroup: 'INPUT AND OUTPUT' }),
};

type RunFlags = {
  [K in keyof typeof runFlags]?: (typeof runFlags)[K] extends { multiple: true } ? string[] : string | boolean | string[] | undefined;
};

/** The flags as the command-line layer of the configuration. @throws PithError FLAG_INVALID */
export function toSettings(flags: RunFlags): Settings {
  const text = (name: keyof RunFlags): string | undefined => flags[name] as string | undefined;
  const list = (name: keyof RunFlags): string[] | undefined => flags[name] as string[] | undefined;
  const settings: Record<string, unknown> = {
    model: text('model'), provider: text('provider'), mode: text('mode'), system: text('system'), appendSystem: text('append-system'), addDirs: list('add-dir'),
    maxSteps: text('max-steps') === undefined ? undefined : parseCount(text('max-steps')!, 'max-steps'),
    maxCost: text('max-cost') === undefined ? undefined : parseDollars(text('max-cost')!, 'max-cost'),
    timeout: text('timeout') === undefined ? undefined : parseDuration(text('timeout')!, 'timeout'),
    effort: text('effort'), betas: list('beta'),
    thinking: text('thinking') === undefined ? undefined : text('thinking') === 'off' ? 0 : parseCount(text('thinking')!, 'thinking'),
    taskBudget: text('task-budget') === undefined ? undefined : parseCount(text('task-budget')!, 'task-budget'),
    temperature: text('temperature') === undefined ? undefined : parseTemperature(text('temperature')!),
    maxTokens: text('max-tokens') === undefined ? undefined : parseCount(text('max-tokens')!, 'max-tokens'),
    headers: list('header') === undefined ? undefined : parseHeaders(list('header')!),
    body: text('body') === undefined ? undefined : parseBody(text('body')!),
    plugins: list('fallback-model') === undefined ? undefined : { resilience: { fallback: list('fallback-model') } },
    permissions: { allow: list('allow'), ask: list('ask'), deny: list('deny') },
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Settings;
}

