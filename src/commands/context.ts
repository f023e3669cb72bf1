import { Args, Command, Flags } from '@oclif/core';
import type { CacheReport } from '../host/context/cache-report.ts';
import type { ContextFacts } from '../host/context/context-facts.ts';
import { resolveFolder } from '../host/host.ts';
import { runFlags, toSettings } from '../host/run/flags.ts';

const { model, provider, effort, thinking, system, 'append-system': appendSystem, mode, cwd, 'add-dir': addDir } = runFlags;

export default class Context extends Command {
  static override summary = 'Show what is in the prompt, what it costs, and what went.';
  static override description = `What \`pith run PROMPT\` would send now, by section, tools and kinds of messages. Nothing is sent, run or kept; files that the prompt mentions are read. Tokens are estimated, with how far that is off; --count asks the provider.

With --cache, of a session: how much of each request came from the vendor's cache, and which plugin changed what had been sent before.`;
  static override examples = [
    { description: 'A new session in this folder', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'What a prompt would add to the last session', command: '<%= config.bin %> <%= command.id %> --continue "Look at the tests"' },
    { description: 'The system prompt, word by word', command: '<%= config.bin %> <%= command.id %> --full' },
    { description: 'How well the prompt cache was kept', command: '<%= config.bin %> <%= command.id %> --cache --resume 3f2a91c0' },
  ];

  static override enableJsonFlag = true;
  static override strict = false;
  static override args = { prompt: Args.string({ ignoreStdin: true, description: 'What would be typed; several words are joined.' }) };
  static override flags = {
    continue: Flags.boolean({ char: 'c', summary: 'Of the last session of this folder.', exclusive: ['resume'] }),
    resume: Flags.string({ char: 'r', summary: 'Of this session.', helpValue: 'ID' }),
    cache: Flags.boolean({ summary: 'How much came from the vendor’s cache; of the last session of this folder, where none is named.', exclusive: ['count', 'full'] }),
    count: Flags.boolean({ summary: 'Ask the provider how many tokens it is.' }),
    full: Flags.boolean({ summary: 'Print the texts of the system prompt.' }),
    model, provider, effort, thinking, system, 'append-system': appendSystem, mode, cwd, 'add-dir': addDir,
  };

  async run(): Promise<ContextFacts | CacheReport> {
    const { argv, flags } = await this.parse(Context);
    const request = {
      oclif: this.config, prompt: (argv as string[]).join(' '), settings: toSettings(flags), cwd: resolveFolder(flags.cwd ?? '.', '--cwd'),
      resume: flags.continue ? 'latest' as const : flags.resume === undefined ? undefined : { id: flags.resume }, count: flags.count, full: flags.full,
    };
    if (flags.cache) {
      const [{ readCache }, { formatCache }] = await Promise.all([import('../host/context/read-cache.ts'), import('../host/context/format-cache.ts')]);
      const report = await readCache(request);
      this.log(formatCache(report));
      return report;
    }
    const [{ previewContext }, { formatContext }] = await Promise.all([import('../host/context/preview-context.ts'), import('../host/context/format-context.ts')]);
    const facts = await previewContext(request);
    this.log(formatContext(facts));
    if (facts.countError !== undefined) process.exitCode = facts.countError.exitCode;
    return facts;
  }
}
