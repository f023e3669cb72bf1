import { Args, Command, Flags } from '@oclif/core';
import { describe, EXIT, escapeControl, PithError, toMessage, type ToolOutcome, toText } from '@pith/kernel';
import { openKernel, readConfig, resolveFolder } from '../../host/host.ts';
import { checkRules } from '../../host/run/check-rules.ts';
import { runFlags, toSettings } from '../../host/run/flags.ts';
import { toRoots } from '../../host/run/open-session.ts';
import { decode, readAll } from '../../host/run/prompt.ts';
import { watchProcess } from '../../host/run/signals.ts';
import { codePlaces, toStrayFailure } from '../../host/run/stray-failure.ts';

const { mode, allow, ask, deny, cwd, 'add-dir': addDir } = runFlags;

/** What `tools call --json` prints. */
type Called = Pick<ToolOutcome, 'status' | 'content' | 'verdict' | 'rule' | 'reason' | 'code'>;

export default class ToolsCall extends Command {
  static override summary = 'Run one tool as a model would: with every hook and permission, and nobody there to answer.';
  static override description = 'Exit codes: 0 done, 1 the tool failed, 2 wrong command line, 3 refused by permission.';
  static override examples = [
    `<%= config.bin %> tools call read --input '{"path":"README.md"}'`,
    { description: 'Input from a pipe, answer as JSON', command: `echo '{"command":"ls"}' | <%= config.bin %> tools call bash --input - --json` },
    { description: 'Allow what would ask', command: `<%= config.bin %> tools call write --input '{"path":"a.txt","content":"hi"}' --mode acceptEdits` },
  ];
  static override enableJsonFlag = true;
  static override args = { tool: Args.string({ required: true, ignoreStdin: true, description: 'Name of the tool.' }) };
  static override flags = {
    input: Flags.string({ char: 'i', required: true, summary: 'Input as JSON, or - to read it from standard input.', helpValue: 'JSON' }),
    mode, allow, ask, deny, cwd, 'add-dir': addDir,
  };

  async run(): Promise<Called> {
    const { args, flags: { input: text, ...given } } = await this.parse(ToolsCall);
    const abort = new AbortController();
    const unwatch = watchProcess(abort, () => undefined, (error) => abort.abort(toStrayFailure(error, codePlaces(this.config))));
    const input = parseInput(text === '-' ? decode(await readAll(process.stdin, { signal: abort.signal })) : text);
    const cwd = resolveFolder(given.cwd ?? '.', '--cwd');
    const config = await readConfig(this.config, cwd, toSettings(given));
    const kernel = await openKernel(this.config, config, { sessions: { record: false } });
    try {
      checkRules(kernel, config);
      const { mode } = config.settings;
      const session = kernel.openSession({ cwd, roots: toRoots(config.settings, cwd), ...(mode === undefined ? {} : { mode }) });
      const { status, content, verdict, rule, reason, code } = await session.callTool({ name: args.tool, input }, { signal: abort.signal });
      const called: Called = { status: status === 'interrupted' ? 'error' : status, content, verdict, rule, reason, code };
      process.exitCode = status === 'done' ? EXIT.ok : status === 'refused' ? EXIT.refused : abort.signal.aborted ? (abort.signal.reason as PithError).exitCode : EXIT.failed;
      const result = toText(content);
      const visible = escapeControl(result, { lines: true });
      if (status === 'done') this.log(process.stdout.isTTY ? visible : result);
      else this.logToStderr(visible);
      return called;
    } finally {
      unwatch();
      await kernel.close();
    }
  }
}

function parseInput(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PithError(`--input is not JSON: ${toMessage(error)}`, { code: 'FLAG_INVALID', exitCode: EXIT.usage, cause: error, hint: `Give an object, for example: --input '{"path":"README.md"}'` });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new PithError(`--input is ${describe(value)}, not an object`, { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: `For example: --input '{"path":"README.md"}'` });
}
