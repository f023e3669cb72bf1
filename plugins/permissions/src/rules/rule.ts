import { nearest } from '@pith/kernel';
import { readPlainCommand } from '@pith/shell';
import { type Glob, parseGlob } from './glob.ts';
import { holdsHidden } from '../line/hidden.ts';

/** A rule as it is written, where that is, and what it means. */
export type Rule = RuleText & RuleMeaning;

export interface RuleText {
  text: string;
  /** File and line, or layer; shown with every opinion the rule gives. */
  source?: string;
  /** Of whoever wrote it: told with its answers. */
  reason?: string;
  /** Calls that it must match, and must not, in its own words: a command line, a path, an address. */
  match?: readonly string[];
  noMatch?: readonly string[];
}

export type RuleMeaning =
  | { kind: 'tool'; name: string }
  | { kind: 'command'; assignments: readonly string[]; words: readonly string[]; prefix: boolean }
  | { kind: 'path'; access: 'read' | 'edit'; glob: Glob }
  | { kind: 'host'; hostname: string; port: string }
  | { kind: 'mcp'; name: string }
  | { kind: 'agent'; name: string };

export type CommandRule = Extract<RuleMeaning, { kind: 'command' }>;

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const WITH_ARGUMENT = ['Bash', 'Edit', 'Write', 'Read', 'WebFetch', 'Agent'];

/** @throws Error in one sentence: what was found, what is allowed */
export function parseRule(text: string, source?: string): Rule {
  const written: RuleText = source === undefined ? { text } : { text, source };
  try {
    return { ...written, ...parseMeaning(text) };
  } catch (error) {
    throw new Error(`the rule ${JSON.stringify(text)}${source === undefined ? '' : ` (${source})`} ${(error as Error).message}`, { cause: error });
  }
}

function parseMeaning(text: string): RuleMeaning {
  if (text === '') throw new Error('is empty; write a tool, as Read, or a tool with what it may touch, as Edit(src/**)');
  if (holdsHidden(text)) throw new Error('holds a character that cannot be seen, which no rule may');
  const open = text.indexOf('(');
  const name = open === -1 ? text : text.slice(0, open);
  if (!NAME.test(name)) throw new Error(`does not begin with the name of a tool; write one as ${WITH_ARGUMENT.join(', ')}, mcp__server`);
  if (open === -1) return name.startsWith('mcp__') ? parseMcp(name) : { kind: 'tool', name: name === 'Write' ? 'Edit' : name };
  if (!text.endsWith(')')) throw new Error(`has no closing parenthesis at its end; write ${name}(…)`);
  return parseArgument(name, text.slice(open + 1, -1));
}

function parseMcp(name: string): RuleMeaning {
  if (name === 'mcp__' || name.endsWith('__')) throw new Error('names no server; write mcp__server or mcp__server__tool');
  return { kind: 'mcp', name };
}

function parseArgument(name: string, argument: string): RuleMeaning {
  if (argument === '') throw new Error(`has nothing within its parentheses; for every use write ${name} alone`);
  if (name !== 'Bash' && /^[^(]*\)/.test(argument)) throw new Error('seems to be two rules; write them one by one');
  switch (name) {
    case 'Bash': return parseCommand(argument);
    case 'Read': return { kind: 'path', access: 'read', glob: parseGlob(argument) };
    case 'Edit': case 'Write': return { kind: 'path', access: 'edit', glob: parseGlob(argument) };
    case 'WebFetch': return parseHost(argument);
    case 'Agent': return parseAgent(argument);
    default: throw new Error(nearestHint(name));
  }
}

function nearestHint(name: string): string {
  if (name.startsWith('mcp__')) return 'limits a tool of a server, which rules cannot; write the tool alone';
  const [near] = nearest(name, WITH_ARGUMENT);
  return `limits ${name}, which rules cannot; ${near === undefined ? `parentheses go with ${WITH_ARGUMENT.join(', ')}` : `did you mean ${near}(…)?`}`;
}

function parseCommand(argument: string): RuleMeaning {
  const prefix = argument.endsWith(':*');
  const text = prefix ? argument.slice(0, -2) : argument;
  // Alone it is a reserved word; in front of a command it is looked through, as it is in a line.
  const command = text.trim() === 'time' ? { assignments: [], words: ['time'] } : readPlainCommand(text);
  if (command === undefined) {
    throw new Error('is not one plain command; write its words, with quotes where the shell needs them, and :* at the end for whatever may follow, as Bash(npm run test:*)');
  }
  return { kind: 'command', prefix, ...command };
}

function parseHost(argument: string): RuleMeaning {
  const host = argument.startsWith('domain:') ? argument.slice('domain:'.length) : undefined;
  const url = host === undefined ? null : URL.parse(`https://${host}`);
  if (host === undefined || url === null || /[/?#@*\\\s]/.test(host) || url.pathname !== '/') throw new Error('names no host; write WebFetch(domain:docs.example.org), one host a rule');
  return { kind: 'host', hostname: url.hostname, port: url.port };
}

function parseAgent(argument: string): RuleMeaning {
  if (!/^[\w@/.-]+$/.test(argument)) throw new Error('names no agent; write the name alone, as Agent(reviewer)');
  return { kind: 'agent', name: argument };
}
