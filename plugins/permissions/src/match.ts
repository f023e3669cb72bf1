import { mightRun } from './forbid.ts';
import { type Glob, globMatches, type GlobPlaces } from './glob.ts';
import { prefixCovers } from './prefix.ts';
import type { CommandRule, Rule } from './rule.ts';
import { isHarmlessAssignment } from './simple-command.ts';
import type { Command, Subject, Surroundings } from './subject.ts';

/** How a rule matched, in one word: the reason of an answer that allows. */
export type MatchKind = 'exact' | 'prefix' | 'glob' | 'domain' | 'agent' | 'tool' | 'server';

export interface MatchQuestion { rule: Rule; subject: Subject; tool: string; at: Surroundings }

/** Whether a rule covers one subject of a call with certainty: for rules that allow. */
export function covers({ rule, subject, tool, at }: MatchQuestion): MatchKind | undefined {
  switch (rule.kind) {
    case 'tool': return isOfTool(rule.name, subject, tool) && (subject.kind !== 'command' || isCertain(subject.command)) ? 'tool' : undefined;
    case 'command': return subject.kind === 'command' ? coversCommand(rule, subject.command) : undefined;
    case 'path': return subject.kind === 'path' && hasAccess(rule.access, subject) && subject.place?.real.every((path) => globMatches(rule.glob, path, toGlobPlaces(at), 'strict')) ? 'glob' : undefined;
    case 'host': return subject.kind === 'url' && subject.url !== null && isHost(rule, subject.url) ? 'domain' : undefined;
    case 'mcp': return coversServer(rule.name, subject, tool);
    case 'agent': return subject.kind === 'agent' && subject.name === rule.name ? 'agent' : undefined;
  }
}

/** Whether a rule might speak of one subject of a call: for rules that deny or ask. */
export function concerns({ rule, subject, tool, at }: MatchQuestion): MatchKind | undefined {
  switch (rule.kind) {
    case 'tool': return isOfTool(rule.name, subject, tool) ? 'tool' : undefined;
    case 'command': return subject.kind === 'command' && mightRun(rule, subject.command) ? (rule.prefix ? 'prefix' : 'exact') : undefined;
    case 'path': return concernsPath(rule, subject, at) ? 'glob' : undefined;
    case 'host': return subject.kind === 'url' && mayBeHost(rule.hostname, subject) ? 'domain' : undefined;
    case 'mcp': return subject.family === rule.name || tool === rule.name || tool.startsWith(`${rule.name}__`) ? 'server' : undefined;
    case 'agent': return subject.kind === 'agent' && subject.name === rule.name ? 'agent' : undefined;
  }
}

/** A rule without parentheses: the family of what is touched, or the tool itself. */
function isOfTool(name: string, subject: Subject, tool: string): boolean {
  switch (name) {
    case 'Bash': return subject.kind === 'command';
    case 'Read': return subject.kind === 'path' && subject.reads;
    case 'Edit': return subject.kind === 'path' && subject.edits;
    case 'WebFetch': return subject.kind === 'url';
    case 'Agent': return subject.kind === 'agent' || subject.family === 'Agent';
    default: return name === tool || name === subject.family;
  }
}

/** One simple command, and nothing in front of it that changes what it does. */
function isCertain({ simple, words }: Command): boolean {
  return simple !== undefined && simple.assignments.every(isHarmlessAssignment) && !/^[A-Za-z_]\w*\+?=/.test(words![0]!);
}

function coversCommand(rule: CommandRule, { simple, words }: Command): MatchKind | undefined {
  if (simple === undefined || !simple.assignments.every((assignment) => isHarmlessAssignment(assignment) || rule.assignments.includes(assignment))) return undefined;
  if (!rule.assignments.every((assignment) => simple.assignments.includes(assignment))) return undefined;
  for (const candidate of [simple.words, words!]) {
    if (!rule.words.every((word, index) => candidate[index] === word)) continue;
    if (rule.prefix ? prefixCovers(rule.words, candidate) : candidate.length === rule.words.length) return rule.prefix ? 'prefix' : 'exact';
  }
  return undefined;
}

function hasAccess(access: 'read' | 'edit', subject: Extract<Subject, { kind: 'path' }>): boolean {
  return access === 'read' ? subject.reads : subject.edits;
}

function concernsPath({ access, glob }: { access: 'read' | 'edit'; glob: Glob }, subject: Subject, at: Surroundings): boolean {
  const places = toGlobPlaces(at);
  const isMeant = (paths: readonly string[]): boolean => paths.some((path) => globMatches(glob, path, places, 'generous'));
  if (subject.kind === 'path') return hasAccess(access, subject) && isMeant(subject.place === undefined ? [subject.path] : [subject.place.spelled, ...subject.place.real]);
  if (subject.kind !== 'command') return false;
  return subject.command.mentions.some(({ place, changes }) => place !== undefined && (access === 'read' || changes) && isMeant([place.spelled, ...place.real]));
}

/** As given, and with links followed: a path may be spelled through either. */
function toGlobPlaces({ roots, realRoots, home, realHome }: Surroundings): GlobPlaces {
  return { roots: [...new Set([...roots, ...realRoots])], homes: [...new Set([home, realHome])] };
}

/** That host alone: on the port of its scheme, or on the one that the rule names, and without credentials. */
function isHost({ hostname, port }: { hostname: string; port: string }, url: URL): boolean {
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname === hostname && url.port === port && url.username === '' && url.password === '';
}

function mayBeHost(hostname: string, { url, text }: { url: URL | null; text: string }): boolean {
  if (url === null) return text.toLowerCase().includes(hostname);
  return url.hostname.replace(/\.$/, '').toLowerCase() === hostname.replace(/\.$/, '');
}

/** A whole server only where it is certain which part of the tool's name is the server's. */
function coversServer(name: string, { family }: Subject, tool: string): MatchKind | undefined {
  if (tool === name) return 'tool';
  if (family === name) return 'server';
  const [server, rest] = tool.startsWith('mcp__') && !family.startsWith('mcp__') ? tool.slice('mcp__'.length).split(/__(.*)/s) : [];
  return rest !== undefined && rest !== '' && !rest.includes('__') && `mcp__${server}` === name ? 'server' : undefined;
}
