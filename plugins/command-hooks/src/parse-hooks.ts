import { describe, escapeControl, type PithError, toMessage } from '@pith/kernel';
import { hookError } from './errors.ts';
import { type EventName, isEventName, TIMEOUT_MAX_MS, TOOL_EVENTS } from './events.ts';
import { type Handler, HANDLER_TYPES, type HookLayer } from './handler.ts';
import { toMatcher } from './matcher.ts';

export interface ParsedFile {
  handlers: readonly Handler[];
  /** What stands in it that pith does not do, one sentence each. */
  notes: readonly string[];
  disableAllHooks?: boolean;
  allowManagedHooksOnly?: boolean;
}

export interface HookFile { layer: HookLayer; path: string; text: string }

/**
 * The hooks of one settings file; its other settings are not looked at.
 * @throws PithError HOOK_FILE_INVALID naming file, key, what was found and what is allowed
 */
export function parseHooks({ path, text, layer }: HookFile): ParsedFile {
  const wrong = toWrong(path);
  const settings = parseJson(text, path);
  if (!isRecord(settings)) throw wrong('', settings, 'an object');
  const { hooks = {}, disableAllHooks, allowManagedHooksOnly } = settings;
  const handlers: Handler[] = [];
  const notes: string[] = [];
  for (const [key, value] of Object.entries({ disableAllHooks, allowManagedHooksOnly })) {
    if (value !== undefined && typeof value !== 'boolean') throw wrong(key, value, 'true or false');
  }
  if (!isRecord(hooks)) throw wrong('hooks', hooks, 'an object of events');
  for (const [event, groups] of Object.entries(hooks)) {
    if (!isEventName(event)) {
      notes.push(`${escapeControl(path)}: the event ${escapeControl(event)} is not supported, so its hooks never run`);
      continue;
    }
    if (!Array.isArray(groups)) throw wrong(`hooks.${event}`, groups, 'a list');
    for (const [index, group] of groups.entries()) handlers.push(...parseGroup(group, `hooks.${event}[${index}]`, { event, path, layer, wrong, notes }));
  }
  return {
    handlers, notes,
    ...(disableAllHooks === undefined ? {} : { disableAllHooks: disableAllHooks as boolean }),
    ...(allowManagedHooksOnly === undefined ? {} : { allowManagedHooksOnly: allowManagedHooksOnly as boolean }),
  };
}

type Wrong = (key: string, found: unknown, allowed: string) => PithError;
interface At { event: EventName; path: string; layer: HookLayer; wrong: Wrong; notes: string[] }

function parseGroup(group: unknown, key: string, at: At): Handler[] {
  const { wrong } = at;
  if (!isRecord(group)) throw wrong(key, group, 'an object with matcher and hooks');
  const { matcher, hooks } = group;
  if (matcher !== undefined && typeof matcher !== 'string') throw wrong(`${key}.matcher`, matcher, 'a text');
  if (!Array.isArray(hooks)) throw wrong(`${key}.hooks`, hooks, 'a list');
  let matches: Handler['matches'];
  try {
    matches = toMatcher(matcher);
  } catch {
    throw wrong(`${key}.matcher`, matcher, 'a list of names, or a regular expression');
  }
  return hooks.map((entry, index) => parseHandler(entry, `${key}.hooks[${index}]`, matches, at));
}

function parseHandler(entry: unknown, key: string, matches: Handler['matches'], { event, path, layer, wrong, notes }: At): Handler {
  if (!isRecord(entry)) throw wrong(key, entry, 'an object with type and command');
  const { type, command, args, shell, url, headers, allowedEnvVars, timeout, once = false, async = false, asyncRewake = false, if: condition } = entry;
  if (typeof type !== 'string') throw wrong(`${key}.type`, type, HANDLER_TYPES.join(', '));
  const check = (name: string, value: unknown, fits: boolean, allowed: string): void => {
    if (value !== undefined && !fits) throw wrong(`${key}.${name}`, value, allowed);
  };
  if (type === 'command' && (typeof command !== 'string' || command.trim() === '')) throw wrong(`${key}.command`, command, 'the text of a command');
  if (type === 'http' && (typeof url !== 'string' || url === '')) throw wrong(`${key}.url`, url, 'an address');
  check('args', args, isTexts(args), 'a list of texts');
  check('shell', shell, shell === 'bash' || shell === 'powershell', 'bash or powershell');
  check('headers', headers, isRecord(headers) && isTexts(Object.values(headers)), 'an object of texts');
  check('allowedEnvVars', allowedEnvVars, isTexts(allowedEnvVars), 'a list of names');
  check('timeout', timeout, typeof timeout === 'number' && timeout > 0, 'a number of seconds above 0');
  check('once', once, typeof once === 'boolean', 'true or false');
  check('async', async, typeof async === 'boolean', 'true or false');
  check('if', condition, typeof condition === 'string', 'a permission rule');
  if (asyncRewake === true) notes.push(`${escapeControl(path)}: ${key}.asyncRewake is not supported; the hook runs as an async one`);
  if (condition !== undefined && !TOOL_EVENTS.has(event)) notes.push(`${escapeControl(path)}: ${key} never runs, since \`if\` belongs to the events of tools`);
  if (type !== 'command' && type !== 'http') notes.push(`${escapeControl(path)}: ${key} is of the type ${escapeControl(type)}, which is not supported`);
  return {
    event, matches, type, layer, file: path, key, once: once as boolean, async: async === true || asyncRewake === true,
    ...(type === 'command' ? { command: command as string } : {}), ...(args === undefined ? {} : { args: args as string[] }),
    ...(shell === undefined ? {} : { shell: shell as 'bash' }), ...(type === 'http' ? { url: url as string } : {}),
    ...(headers === undefined ? {} : { headers: headers as Record<string, string> }), ...(allowedEnvVars === undefined ? {} : { allowedEnvVars: allowedEnvVars as string[] }),
    ...(timeout === undefined ? {} : { timeoutMs: Math.min((timeout as number) * 1000, TIMEOUT_MAX_MS) }), ...(condition === undefined ? {} : { condition: condition as string }),
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw hookError(`The hook file ${escapeControl(path)} is not JSON: ${escapeControl(toMessage(error))}`, 'HOOK_FILE_INVALID', 'Mend it; comments and trailing commas are not JSON.', error);
  }
}

function toWrong(path: string): Wrong {
  return (key, found, allowed) => hookError(`The hook file ${escapeControl(path)}: ${key === '' ? 'it' : key} is ${escapeControl(describe(found))}; allowed is ${allowed}`, 'HOOK_FILE_INVALID', 'Mend the entry, or take it out.');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
