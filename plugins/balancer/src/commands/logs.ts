import { Args, Command, Flags } from '@oclif/core';
import { EXIT, resolvePaths } from '@pith/kernel';
import { type Level, LEVELS, type LogLine } from '../books/log.ts';

export default class Logs extends Command {
  static override summary = 'Show what the balancer says of itself: starts, failovers, refreshed tokens, benched accounts.';
  static override description = 'The lines of all processes, those of the proxy above all. With --follow each is shown when it is said, until Ctrl+C.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'The newest 50 lines', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'What went wrong of late', command: '<%= config.bin %> <%= command.id %> 200 --level warn --since 1d' },
  ];
  static override args = { lines: Args.integer({ description: 'So many lines.', default: 50, min: 0, max: 10_000 }) };
  static override flags = {
    level: Flags.string({ char: 'l', summary: 'Only lines of this and more important ones.', options: [...LEVELS], default: 'debug' }),
    since: Flags.string({ summary: 'From then on: 30m, 2h or 7d ago, or a day.', helpValue: 'TIME' }),
    follow: Flags.boolean({ char: 'f', summary: 'Show what comes from now on, too.' }),
  };

  #hasFollowed = false;

  async run(): Promise<LogLine[]> {
    const { args, flags } = await this.parse(Logs);
    const [{ followLog, readLog }, { formatLogLine }, { parseSince }] = await Promise.all([import('../books/read-log.ts'), import('../books/show/format-log.ts'), import('../books/show/parse-since.ts')]);
    const { data } = resolvePaths(process.env, this.config);
    const level = flags.level as Level;
    const query = { level, limit: args.lines, ...(flags.since === undefined ? {} : { sinceMs: parseSince(flags.since, Date.now()) }) };
    if (!flags.follow) {
      const lines = readLog(data, query);
      for (const line of lines) this.log(formatLogLine(line, Date.now()));
      if (lines.length === 0) this.log('There are no such lines yet. They come with: pith proxy');
      return lines;
    }
    this.#hasFollowed = true;
    const [{ toJsonLine }, { untilStopped, writeOut }] = await Promise.all([import('../books/show/json-line.ts'), import('../books/show/until-stopped.ts')]);
    const show = (line: LogLine): string => (this.jsonEnabled() ? toJsonLine(line) : `${formatLogLine(line, Date.now())}\n`);
    await untilStopped(async (signal) => {
      const coming = followLog(data, { signal, level });
      const next = coming.next(); // It begins before the others are read, so that none is missed between.
      for (const line of readLog(data, query)) await writeOut(show(line), signal);
      for (let line = await next; line.done !== true; line = await coming.next()) await writeOut(show(line.value), signal);
    });
    process.exitCode = EXIT.interrupted;
    return [];
  }

  /** Each was written when it came. */
  protected override logJson(json: unknown): void {
    if (!this.#hasFollowed) super.logJson(json);
  }
}
