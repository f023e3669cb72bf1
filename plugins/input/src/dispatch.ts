import { existsSync } from 'node:fs';
import { escapeControl, nearest, type PithError, type Turn, type UserInput } from '@pith/kernel';
import { inputError } from './errors.ts';
import { mayExpand } from './may-expand.ts';
import { readTyped } from './read-typed.ts';
import { toReply } from './reply.ts';
import { runShellCommand } from './shell-command.ts';

/** The tap that runs what begins with `/` or `!`. */
export async function dispatch(input: UserInput, turn: Turn): Promise<UserInput | undefined> {
  if (!mayExpand(input)) return undefined;
  const typed = readTyped(input.text);
  switch (typed.kind) {
    case 'command': return runCommand(typed, input, turn);
    case 'shell': return { ...input, handled: { reply: await runShellCommand(typed.command, turn) } };
    case 'hidden': throw inputError(`${typed.shown} is no command: it holds a character that nobody sees`, 'SLASH_UNKNOWN', 'Type it again. With a backslash in front it is sent as text.');
    case 'text': return typed.text === input.text ? undefined : { ...input, text: typed.text, typed: input.typed ?? input.text };
  }
}

/** @returns nothing where it is the path of something at the root, as `/tmp is full` */
async function runCommand({ name, argument }: { name: string; argument: string }, input: UserInput, turn: Turn): Promise<UserInput | undefined> {
  const result = await turn.runCommand({ name, argument });
  if (typeof result === 'string') return { ...input, handled: { reply: toReply(result) } };
  if (result !== undefined) {
    const attachments = [...result.attachments ?? [], ...input.attachments ?? []];
    return { ...input, text: result.prompt, typed: input.typed ?? input.text, ...(attachments.length === 0 ? {} : { attachments }) };
  }
  if (await turn.recorded('path', () => existsSync(`/${name}`))) return undefined;
  throw await unknownCommand(name, turn);
}

async function unknownCommand(name: string, turn: Turn): Promise<PithError> {
  const near = nearest(name, (await turn.slashCommands()).map((command) => command.name));
  const meant = near.length === 0 ? '' : `Did you mean ${near.map((each) => `/${escapeControl(each)}`).join(' or ')}? `;
  return inputError(`There is no command /${name}`, 'SLASH_UNKNOWN', `${meant}/help lists all of them. With a backslash in front, \\/${name} is sent as text.`);
}
