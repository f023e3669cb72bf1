import { createRequire } from 'node:module';
import { type Command, CommandHelp, Help } from '@oclif/core';

interface RootHelp {
  render(index: unknown, columns: number): string;
  toIndex(commands: readonly { id: string; summary?: string; description?: string; hidden?: boolean }[], topics: readonly { name: string; description?: string }[], version: string): unknown;
}

/** An example is there to be pasted: its line stays whole, however narrow the screen is. */
class PithCommandHelp extends CommandHelp {
  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    if (examples === undefined || examples.length === 0) return undefined;
    return [examples].flat().map((example) => {
      const { description, command } = typeof example === 'string' ? { description: undefined, command: example } : example;
      const line = `$ ${this.render(command)}`;
      return description === undefined ? line : `${this.wrap(description)}\n\n${this.indent(line)}`;
    }).join('\n\n');
  }
}

/** oclif's help, with the page for `pith` itself the same as run.js prints. */
export default class PithHelp extends Help {
  protected override CommandHelpClass = PithCommandHelp;

  protected override async showRootHelp(): Promise<void> {
    // Not bundled: run.js and this page share the one file.
    const { render, toIndex } = createRequire(import.meta.url)('../bin/root-help.js') as RootHelp;
    const { commands, topics, version } = this.config;
    this.log(render(toIndex(commands as never, topics as never, version), process.stdout.columns).trimEnd());
  }
}
