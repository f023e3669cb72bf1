import { coversCommand, isCertain } from './cover-command.ts';
import { ANY_NAME } from '../places/deep-read.ts';
import { mightRun } from './forbid.ts';
import { type Glob, globMatches, mayExpandTo, toGlobPlaces } from './glob.ts';
import { holdsHidden } from '../line/hidden.ts';
import { isPattern } from '../line/wildcard.ts';
import type { Rule } from './rule.ts';
import type { Subject, Surroundings } from '../subject.ts';

/** How a rule matched, in one word: the reason of an answer that allows. */
export type MatchKind = 'exact' | 'prefix' | 'glob' | 'domain' | 'agent' | 'tool' | 'server';

export interface MatchQuestion { rule: Rule; subject: Subject; tool: string; at: Surroundings }

/** Whether a rule covers one subject of a call with certainty: for rules that allow. */
export function covers({ rule, subject, tool, at }: MatchQuestion): MatchKind | undefined {
  if ((subject.kind === 'path' && holdsHidden(subject.path)) || (subject.kind === 'url' && holdsHidden(subject.text))) return undefined;
  switch (rule.kind) {
    case 'tool': return isOfTool(rule.name, subject, tool) && isCovered(rule.name, subject) ? 'tool' : undefined;
    case 'command': return subject.kind === 'command' ? coversCommand(rule, subject.command) : undefined;
    case 'path': return subject.kind === 'path' && hasAccess(rule.access, subject) && subject.place?.real.every((path) => globMatches(rule.glob, path, toGlobPlaces(at), 'strict')) ? 'glob' : undefined;
    case 'host': return subject.kind === 'url' && subject.url !== null && isHost(rule, subject.url) && isReadOneWay(subject) ? 'domain' : undefined;
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

/** `Bash` alone covers commands, and of those the certain ones; redirects need a rule for files. */
function isCovered(name: string, subject: Subject): boolean {
  if (subject.kind === 'command') return isCertain(subject.command);
  return name !== 'Bash';
}

/** A rule without parentheses: the family of what is touched, or the tool itself. */
function isOfTool(name: string, subject: Subject, tool: string): boolean {
  switch (name) {
    case 'Bash': return subject.kind === 'command' || (subject.kind === 'path' && subject.redirect !== undefined);
    case 'Read': return subject.kind === 'path' && subject.reads;
    case 'Edit': return subject.kind === 'path' && subject.edits;
    case 'WebFetch': return subject.kind === 'url';
    case 'Agent': return subject.kind === 'agent' || subject.family === 'Agent';
    default: return name === tool || name === subject.family;
  }
}

function hasAccess(access: 'read' | 'edit', subject: Extract<Subject, { kind: 'path' }>): boolean {
  return access === 'read' ? subject.reads : subject.edits;
}

function concernsPath({ access, glob }: { access: 'read' | 'edit'; glob: Glob }, subject: Subject, at: Surroundings): boolean {
  const places = toGlobPlaces(at);
  const isMeant = (paths: readonly string[]): boolean => paths.some((path) => globMatches(glob, path, places, 'generous'));
  if (subject.kind === 'path') return hasAccess(access, subject) && isMeant([subject.place ?? subject.guess].flatMap((place) => (place === undefined ? [subject.path] : [place.spelled, ...place.real])));
  if (subject.kind !== 'command') return false;
  return subject.command.mentions.some(({ spelled, place, changes, below }) => {
    if (place === undefined || (access === 'edit' && !changes)) return false;
    if (isPattern(spelled) && mayExpandTo(glob, place.spelled, places)) return true;
    return isMeant([place.spelled, ...place.real].flatMap((path) => (below ? [path, `${path}/${ANY_NAME}`] : [path])));
  });
}

/** That host alone: on the port of its scheme, or on the one that the rule names, and without credentials. */
function isHost({ hostname, port }: { hostname: string; port: string }, url: URL): boolean {
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname === hostname && url.port === port && url.username === '' && url.password === '';
}

/** Whether every reader of addresses finds the same host: two slashes, then the host in plain letters, no backslash. */
function isReadOneWay({ text, url }: { text: string; url: URL | null }): boolean {
  const authority = /^https?:\/\/([^/?#\\@]+)(?![^?#]*\\)(?:[/?#]|$)/i.exec(text)?.[1];
  if (authority === undefined || !/^[\p{L}\p{M}\p{N}.-]+(?::\d+)?$/u.test(authority) || authority.normalize('NFKC') !== authority || /[ßς]/i.test(authority)) return false;
  return URL.parse(`${url!.protocol}//${authority}`)?.host === url!.host;
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
