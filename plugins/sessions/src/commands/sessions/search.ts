import { Args, Command, Flags } from '@oclif/core';
import { escapeControl, resolvePaths } from '@pith/kernel';
import { withIndex } from '../../command-index.ts';
import { renderFound } from '../../render-search.ts';
import { searchSessions, type SearchResult } from '../../search-sessions.ts';
import { listSessions } from '../../store.ts';

export default class SessionsSearch extends Command {
  static override summary = 'Find the sessions of this folder in which something was said.';
  static override description = 'Looks through inputs, answers, tool calls and results, whatever the case of the letters. A session is found where every word is in it, as a word or as a part of one; words in double quotes stand together.';
  static override enableJsonFlag = true;
  static override strict = false;
  static override examples = [
    { description: 'Two words', command: '<%= config.bin %> <%= command.id %> flaky test' },
    { description: 'A phrase, in every folder', command: '<%= config.bin %> <%= command.id %> --all \'"cannot find module"\'' },
    { description: 'For a program', command: '<%= config.bin %> <%= command.id %> parseEntry --json' },
  ];
  static override args = { text: Args.string({ required: true, description: 'What to find; several words are all to be found.' }) };
  static override flags = {
    all: Flags.boolean({ char: 'a', summary: 'Search the sessions of every folder.' }),
    limit: Flags.integer({ char: 'n', summary: 'Stop after so many sessions.', default: 50, min: 1, helpValue: 'N' }),
  };

  async run(): Promise<SearchResult> {
    const { argv, flags } = await this.parse(SessionsSearch);
    const list = await withIndex(this.config, async ({ database, trouble }) => {
      const found = await listSessions(resolvePaths(process.env, this.config).data, { database, ...(flags.all ? {} : { cwd: process.cwd() }) });
      return { ...found, trouble: trouble ?? found.trouble };
    });
    const result = searchSessions(list, { text: argv.join(' '), limit: flags.limit });
    for (const reason of [...result.unreadable, ...(list.trouble === undefined ? [] : [list.trouble])]) this.logToStderr(`! ${escapeControl(reason)}`);
    const { sessions, notSearched } = result;
    if (sessions.length > 0) this.log(renderFound(sessions, { allIds: list.allIds, folders: flags.all, mark: usesColor() ? (text) => `\u001b[1;4m${text}\u001b[22;24m` : (text) => `[${text}]` }));
    else this.log(flags.all || list.sessions.length === list.allIds.length ? 'Nothing was found.' : 'Nothing was found in this folder. In every folder: pith sessions search --all …');
    if (notSearched > 0) this.log(`\n${notSearched} older session${notSearched === 1 ? ' was' : 's were'} not looked through. More: --limit ${flags.limit * 2}`);
    return result;
  }
}

function usesColor(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return Boolean(process.stdout.isTTY) && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}
