import { cutMiddle, escapeControl } from '@pith/kernel';
import type { EventName } from './events.ts';
import type { Matcher } from './matcher.ts';

export const HANDLER_TYPES = ['command', 'http', 'prompt', 'agent', 'mcp_tool'] as const;
/** Where a hook file is from, strongest first: also the order in which their hooks speak. */
export const LAYERS = ['managed', 'local', 'project', 'user'] as const;
export type HookLayer = (typeof LAYERS)[number];

/** One entry of a hook file. */
export interface Handler {
  event: EventName;
  matches: Matcher;
  type: string;
  command?: string;
  /** The command is a program, started with these and without a shell. */
  args?: readonly string[];
  shell?: 'bash' | 'powershell';
  url?: string;
  headers?: Readonly<Record<string, string>>;
  allowedEnvVars?: readonly string[];
  timeoutMs?: number;
  once: boolean;
  async: boolean;
  condition?: string;
  layer: HookLayer;
  file: string;
  /** Where it stands in the file: `hooks.PreToolUse[0].hooks[1]`. */
  key: string;
}

/** Hooks of the same identity run once, however often they are listed. */
export function identityOf({ type, command, args, shell, url, key, file }: Handler): string {
  if (command === undefined && url === undefined) return `${file} ${key}`;
  return JSON.stringify([type, command ?? url, args ?? null, shell ?? 'bash']);
}

/** A hook in a sentence: what it is, and where it stands. Its environment is never shown. */
export function nameOf({ event, command, args, url, type, file, key }: Handler): string {
  const what = [command ?? url ?? `of type ${type}`, ...(args ?? [])].join(' ');
  return `${event} hook ${escapeControl(cutMiddle(what, 120))} (${sourceOf({ file, key })})`;
}

export function sourceOf({ file, key }: Pick<Handler, 'file' | 'key'>): string {
  return `${escapeControl(file)}, ${key}`;
}
