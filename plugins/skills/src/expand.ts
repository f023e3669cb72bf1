import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Block, type CommandResult, cutMiddle, enclose, encloseResult, type ToolOutcome, toText, type Turn } from '@pith/kernel';
import { parseArguments } from './arguments.ts';
import type { Callable } from './command-file.ts';
import { skillError } from './errors.ts';
import { toOwnFolder, toSkillHead } from './skill-text.ts';
import { fillParts, parseTemplate, type Part } from './template.ts';
import { checkLinked, checkTrusted } from './trusted.ts';

/** Of one command line within a text. */
const MAX_OUTPUT = 20_000;
const MAX_LINES = 20;
const MAX_FILES = 20;

/**
 * What the model gets for a command that a person has typed. Command lines and files in the text pass the choke point like
 * any other call; what they give, and what the person passed, is never expanded again.
 * @throws PithError COMMAND_UNTRUSTED, COMMAND_REFUSED, COMMAND_INVALID
 */
export async function expand(command: Callable, argument: string, turn: Turn, home: string | undefined): Promise<CommandResult> {
  const parts = fillParts(parseTemplate(command.body, command.bodyLine), parseArguments(argument), command.argumentNames);
  const toPlace = (text: string): string => (command.skill === undefined ? text : toOwnFolder(text, command.skill));
  await checkLinked(command, turn);
  const first = parts.find((part) => part.kind === 'shell');
  if (first !== undefined) await checkTrusted(command, first.at, turn);
  checkCounts(command, parts);
  let prompt = command.skill === undefined ? '' : `${toSkillHead(command.skill)}\n\n`;
  const attachments: Block[] = [];
  for (const part of parts) {
    if (part.kind === 'text') prompt += toPlace(part.text);
    else if (part.kind === 'shell') prompt += await runLine(command, { ...part, line: toPlace(part.line) }, turn);
    else {
      prompt += `@${part.path}`;
      attachments.push(...await readFile(command, part.path, { turn, home }));
    }
  }
  if (prompt.trim() === '') throw skillError(`/${command.name} came to no text with these arguments`, 'COMMAND_INVALID', `Write what is to be done into ${command.shown}.`);
  return { prompt, ...(attachments.length === 0 ? {} : { attachments }) };
}

function checkCounts({ name, shown }: Callable, parts: readonly Part[]): void {
  for (const [kind, limit, words] of [['shell', MAX_LINES, 'command lines'], ['file', MAX_FILES, 'files']] as const) {
    const count = parts.filter((part) => part.kind === kind).length;
    if (count > limit) throw skillError(`/${name} names ${count} ${words}; at most ${limit} are taken`, 'COMMAND_INVALID', `Take some out of ${shown}.`);
  }
}

async function runLine(command: Callable, { line: given, at }: Extract<Part, { kind: 'shell' }>, turn: Turn): Promise<string> {
  const line = given.trim();
  const outcome = await turn.callTool({ name: 'bash', input: { command: line } });
  throwIfRefused(command, outcome, `the command in ${command.shown}:${at} (${line})`);
  const output = cutMiddle(toText(outcome.content), MAX_OUTPUT).trimEnd();
  // In the middle of what a person says, more than a line of it could pass for their words.
  return output.includes('\n') ? enclose(output, 'output', { command: line }) : output;
}

/** A name that leads to no file is left as it stands: it may be an address, or mean something else. */
async function readFile(command: Callable, path: string, { turn, home }: { turn: Turn; home: string | undefined }): Promise<Block[]> {
  const full = home !== undefined && path.startsWith('~/') ? join(home, path.slice(2)) : resolve(turn.cwd, path);
  if (!isFile(full)) {
    if (/^(?:~|\.{0,2})\//.test(path)) turn.emit({ type: 'notice', level: 'warning', text: `/${command.name} names the file ${path}, which is not there; the model reads the name alone (${command.shown})` });
    return [];
  }
  const outcome = await turn.callTool({ name: 'read', input: { path: full } });
  throwIfRefused(command, outcome, `the file @${path} that it names`);
  const problem: Record<string, string> = outcome.status === 'done' ? {} : { problem: 'could not be read' };
  return encloseResult(outcome.content, { tag: 'file', attributes: { path, ...problem }, label: { owner: 'skills', name: `@${path}` } });
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function throwIfRefused({ name }: Callable, { status, reason }: ToolOutcome, what: string): void {
  if (status === 'refused') throw skillError(`/${name} was not sent, since ${what} was refused: ${reason ?? 'no reason was given'}`, 'COMMAND_REFUSED', 'Allow it with a rule, or take it out of the file.');
  if (status === 'interrupted') throw skillError(`/${name} was not sent, since ${what} was interrupted`, 'COMMAND_REFUSED', 'Type it again.');
}
