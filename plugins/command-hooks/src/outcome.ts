import { describe, escapeControl } from '@pith/kernel';
import { type EventName, factsOf } from './events.ts';
import type { Handler } from './handler.ts';
import { limitOutput } from './limit-output.ts';
import type { CommandEnd } from './run-command.ts';
import type { Fields } from './seen.ts';

export type HookVerdict = 'deny' | 'defer' | 'ask' | 'allow';

/** What one hook said. */
export interface Outcome {
  handler: Handler;
  /** Why it has no say: it crashed, ran out of time, or said nothing that makes sense. */
  failure?: string;
  verdict?: HookVerdict;
  reason?: string;
  /** Exit code 2, or `decision: "block"`: what it means is the event's. */
  block?: string;
  /** `continue: false`: why the turn ends. */
  stop?: string;
  /** For the model. */
  context?: string;
  /** For the person. */
  message?: string;
  updatedInput?: Fields;
  updatedOutput?: unknown;
  /** What it said that pith does not do. */
  ignored: readonly string[];
}

type Said = Omit<Outcome, 'handler' | 'ignored'> & { ignored?: string[] };

/** What a command's end says, by the rules that hook files are written for. */
export function toOutcome(handler: Handler, end: CommandEnd): Outcome {
  return { ignored: [], ...read(handler.event, end), handler };
}

function read(event: EventName, { problem, exitCode, signal, stdout, stderr }: CommandEnd): Said {
  const { exit2, plainContext } = factsOf(event);
  if (problem !== undefined) return { failure: problem };
  if (signal !== null) return { failure: `ended by ${signal}` };
  const said = limitOutput(stderr.trim());
  if (exitCode === 2 && exit2 === 'block') return { block: said || 'it gave no reason' };
  if (exitCode === 2 && exit2 === 'tell') return { block: said };
  if (exitCode === 2 && exit2 === 'show') return { message: said || 'exit code 2' };
  if (exitCode !== 0) return { failure: `exit code ${exitCode}${said === '' ? '' : `: ${escapeControl(said.slice(0, STDERR_SHOWN))}`}` };
  const text = stdout.trim();
  if (text.startsWith('{')) return readJson(event, text);
  return plainContext && text !== '' ? { context: limitOutput(text) } : {};
}

/** So much of what a failed command complained about is shown. */
const STDERR_SHOWN = 500;

/** The decision that a hook prints, or a web hook answers with. */
export function readJson(event: EventName, text: string): Said {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { failure: 'its output begins like JSON and is none' };
  }
  try {
    return readDecision(event, value as Fields);
  } catch (error) {
    if (error instanceof WrongShape) return { failure: error.message };
    throw error;
  }
}

class WrongShape extends Error {}

function readDecision(event: EventName, output: Fields): Said {
  const said: Said = {};
  const ignored: string[] = [];
  if (field(output, 'continue', 'boolean') === false) said.stop = text(output, 'stopReason') ?? 'it gave no reason';
  set(said, 'message', text(output, 'systemMessage'));
  const reason = text(output, 'reason');
  const decision = choice(output, 'decision', ['block', 'approve']);
  // Of old, PreToolUse decided here.
  if (event === 'PreToolUse' && decision !== undefined) set(said, 'verdict', decision === 'block' ? 'deny' : 'allow');
  else if (decision === 'block') said.block = reason ?? 'it gave no reason';
  set(said, 'reason', reason);
  if (output['terminalSequence'] !== undefined) ignored.push('terminalSequence');
  const own = field(output, 'hookSpecificOutput', 'object') as Fields | undefined;
  if (own !== undefined) readSpecific(event, own, said, ignored);
  return { ...said, ignored };
}

/** Fields that other agents act on, and pith does not. */
const IGNORED = ['initialUserMessage', 'sessionTitle', 'watchPaths', 'reloadSkills', 'retry'];

function readSpecific(event: EventName, own: Fields, said: Said, ignored: string[]): void {
  const name = text(own, 'hookEventName');
  if (name !== undefined && name !== event) throw new WrongShape(`its hookEventName is ${show(name)}, and this is ${event}`);
  set(said, 'context', text(own, 'additionalContext'));
  ignored.push(...IGNORED.filter((key) => own[key] !== undefined));
  if (event === 'PreToolUse') {
    set(said, 'verdict', choice(own, 'permissionDecision', ['allow', 'deny', 'ask', 'defer']));
    set(said, 'reason', text(own, 'permissionDecisionReason'));
    set(said, 'updatedInput', field(own, 'updatedInput', 'object') as Fields | undefined);
  } else if (event === 'PostToolUse') {
    set(said, 'updatedOutput', own['updatedToolOutput'] ?? own['updatedMCPToolOutput']);
  } else if (event === 'PermissionRequest') {
    readRequest(field(own, 'decision', 'object') as Fields | undefined, said, ignored);
  }
}

/** The answer to a question that a person would be asked. */
function readRequest(decision: Fields | undefined, said: Said, ignored: string[]): void {
  if (decision === undefined) return;
  const behavior = choice(decision, 'behavior', ['allow', 'deny']);
  if (behavior === undefined) throw new WrongShape('its decision has no behavior; allowed are allow, deny');
  said.verdict = behavior;
  set(said, 'reason', text(decision, 'message'));
  set(said, 'updatedInput', field(decision, 'updatedInput', 'object') as Fields | undefined);
  if (decision['updatedPermissions'] !== undefined) ignored.push('updatedPermissions');
  if (field(decision, 'interrupt', 'boolean') === true && behavior === 'deny') said.stop = said.reason ?? 'it interrupts the turn';
}

function set<K extends keyof Said>(said: Said, key: K, value: Said[K] | undefined): void {
  if (value !== undefined) said[key] = value;
}

function field(from: Fields, key: string, type: 'boolean' | 'string' | 'object'): unknown {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== type || Array.isArray(value)) throw new WrongShape(`its ${key} is ${show(value)}; allowed is ${type === 'object' ? 'an object' : type === 'string' ? 'a text' : 'true or false'}`);
  return value;
}

function text(from: Fields, key: string): string | undefined {
  const value = field(from, key, 'string') as string | undefined;
  return value === undefined || value === '' ? undefined : limitOutput(value);
}

function choice<T extends string>(from: Fields, key: string, allowed: readonly T[]): T | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (!allowed.includes(value as T)) throw new WrongShape(`its ${key} is ${show(value)}; allowed are ${allowed.join(', ')}`);
  return value as T;
}

const show = (value: unknown): string => escapeControl(describe(value));
