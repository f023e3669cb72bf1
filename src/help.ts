import { createRequire } from 'node:module';
import { Help } from '@oclif/core';

interface RootHelp {
  render(index: unknown, columns: number): string;
  toIndex(commands: readonly { id: string; summary?: string; description?: string; hidden?: boolean }[], topics: readonly { name: string; description?: string }[], version: string): unknown;
}

/** oclif's help, with the page for `pith` itself the same as run.js prints. */
export default class PithHelp extends Help {
  protected override async showRootHelp(): Promise<void> {
    // Not bundled: run.js and this page share the one file.
    const { render, toIndex } = createRequire(import.meta.url)('../bin/root-help.js') as RootHelp;
    const { commands, topics, version } = this.config;
    this.log(render(toIndex(commands as never, topics as never, version), process.stdout.columns).trimEnd());
  }
}
