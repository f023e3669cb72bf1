import { nearest, type Turn } from '@pith/kernel';
import { inputError } from '../errors.ts';
import { toLine } from './words.ts';

/** What else is typed; the README has the same, and more. */
const SYNTAX: readonly (readonly [typed: string, meaning: string])[] = [
  ['@file @file:10-20', 'a file, or lines of it'],
  ['@folder/ @https://…', 'a list of a folder; a page'],
  ['!command', 'runs it and keeps its output'],
  ['\\@ \\/ \\!', 'sends it as text'],
];

const DETAILS: Readonly<Record<string, string>> = {
  clear: '/clear\nForgets what was said, so that the model starts anew. Files stay as they are. /undo brings the conversation back.',
  context: '/context\nSays what the model gets with each request, and how full its window is.',
  cost: '/cost\nSays what this session has cost so far, with everything from before it was resumed.',
  fork: '/fork\nKeeps what was said so far as a session of its own, which /resume goes back to; this one goes on.',
  help: '/help [COMMAND]\nLists the commands, or says more of one.',
  model: '/model [NAME]\nSays which model answers; with a name, as it is or with its provider in front, chooses another from the next turn on.',
  resume: '/resume [ID]\nLists the sessions of this folder; with the id of one, or its beginning, goes on with what was said there. /undo goes back.',
  redo: '/redo [code|chat] [preview|force]\nBrings back what the last /undo took, as long as nothing new came. Type it again for the one before.',
  undo: '/undo [N] [code|chat] [preview|force]\nTakes back the last N steps, one without a number: what was said, and the files as they were; with code or chat only the one. A step is a turn, or a change of the conversation as by /clear or /compact. You are asked before files change; preview only shows, force also overwrites what somebody else has changed. /undo list numbers the steps.',
};

export async function help(argument: string, turn: Turn): Promise<string> {
  const commands = await turn.slashCommands();
  if (argument === '') {
    return [
      ...commands.map(({ name, summary }) => `/${toLine(name, 200)}  ${toLine(summary, 200)}`),
      '', ...SYNTAX.map(([typed, meaning]) => `${typed}  ${meaning}`),
      '', '/help COMMAND says more of one.',
    ].join('\n');
  }
  const name = argument.replace(/^\//, '');
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    const near = nearest(name, commands.map((each) => each.name));
    throw inputError(`There is no command /${toLine(name, 80)}`, 'SLASH_UNKNOWN', `${near.length === 0 ? '' : `Did you mean ${near.map((each) => `/${each}`).join(' or ')}? `}/help lists all of them.`);
  }
  const [usage, text] = (command.owner === 'input' ? DETAILS[name] ?? '' : '').split('\n');
  return [usage || `/${toLine(name, 200)}`, text ?? toLine(command.summary, 400), '', `It comes from the plugin ${toLine(command.owner, 80)}.`].join('\n');
}
