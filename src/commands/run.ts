import { Args, Command, Flags } from '@oclif/core';
import { executeRun } from '../host/run/execute-run.ts';
import { runFlags, toSettings } from '../host/run/flags.ts';
import { sayCommandFailure } from '../host/run/say-command-failure.ts';

export default class Run extends Command {
  static override summary = 'Do one task and exit.';
  static override description = `The prompt is the words given, and what is piped in after them: text, an image or a PDF. Words mention files, folders and pages with @ ("Explain @src/a.ts:10-20"), begin with a slash command (/help lists them), or with ! to run a command whose output is then talked about. The answer goes to standard output, progress to standard error.

A program holds a conversation with --input stream-json --output stream-json: one JSON object a line, in both directions (docs/piping.md).

Exit codes: 0 done, 1 failed, 2 wrong command line or configuration, 3 refused by permission, 4 a limit was reached, 5 the provider or the network failed, 130 interrupted, 143 terminated.`;
  static override examples = [
    { description: 'Ask something about this folder', command: '<%= config.bin %> run "What does this project do?"' },
    { description: 'Pipe text in, read JSON out', command: 'git log -5 | <%= config.bin %> run "Write release notes" --output json' },
    { description: 'Let it edit files here, and run the tests', command: '<%= config.bin %> run --mode acceptEdits --allow "Bash(npm test)" "Mend the failing test"' },
    { description: 'Go on with the last session of this folder', command: '<%= config.bin %> run --continue "Now document it"' },
    { description: 'Hold a conversation, as a program does', command: `echo '{"type":"user","text":"What is here?"}' | <%= config.bin %> run --input stream-json --output stream-json` },
    { description: 'Play a conversation from a file, without a model', command: '<%= config.bin %> run --model ./conversation.json "Mend the failing test"' },
  ];
  static override strict = false;
  static override args = { prompt: Args.string({ ignoreStdin: true, description: 'What is to be done; several words are joined. A single - waits for standard input.' }) };
  static override flags = {
    ...runFlags, json: Flags.boolean({ summary: 'Short for --output json.', exclusive: ['output'], helpGroup: 'INPUT AND OUTPUT' }),
    'ask-parent': Flags.boolean({ summary: 'With --input and --output stream-json: put questions to the program that writes standard input.', helpGroup: 'INPUT AND OUTPUT' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Run);
    process.exitCode = await executeRun({
      oclif: this.config, words: argv as string[], settings: toSettings(flags), cwd: flags.cwd,
      output: flags.json ? 'json' : flags.output as 'text', input: flags.input as 'text', askParent: flags['ask-parent'],
      resume: flags.continue ? 'latest' : flags.resume === undefined ? undefined : { id: flags.resume },
      fork: flags.fork, record: !flags['no-session'], schema: flags.schema, attach: flags.attach ?? [], stream: flags.stream, quiet: flags.quiet, verbose: flags.verbose,
    });
  }

  /** A command line that cannot be read answers in the form that it asks for, too. */
  protected override async catch(error: Error): Promise<void> {
    if (!sayCommandFailure(error, this.argv)) throw error;
  }
}
