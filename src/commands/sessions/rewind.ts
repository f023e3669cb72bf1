import { Args, Command, Flags } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { formatTable } from '@pith/table';
import { type Rewound, rewindSession } from '../../host/rewind/rewind-session.ts';
import { watchProcess } from '../../host/run/signals.ts';

export default class SessionsRewind extends Command {
  static override summary = 'Take back steps of a session: what was said, and the files as they were.';
  static override description = `A step is a turn, or a change of the conversation as by /clear. At a terminal you see what would change in files and are asked; elsewhere files change only where nobody else has changed them since. What is taken back can be brought again: pith run --resume ID /redo. A session that a process is writing is not touched.

Exit codes: 0 done, 1 it failed, 2 there is no such session or step, 3 somebody else has changed files.`;
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'The steps of the last session of this folder', command: '<%= config.bin %> <%= command.id %> --list' },
    { description: 'What taking back the last one would change', command: '<%= config.bin %> <%= command.id %> --preview' },
    { description: 'Only the files of the last step, for a program', command: '<%= config.bin %> <%= command.id %> 3f2a91c0 --code --json' },
  ];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'The id, or as much of its beginning as no other session has. Default: the session of this folder that was used last.' }),
  };
  static override flags = {
    list: Flags.boolean({ summary: 'List the steps, the last as number 1.', exclusive: ['to', 'code', 'chat', 'preview', 'force'] }),
    to: Flags.integer({ min: 1, summary: 'Take back this step, as --list numbers it, and all that came after it. Default: 1.', helpValue: 'N' }),
    code: Flags.boolean({ summary: 'Only the files.', exclusive: ['chat'] }),
    chat: Flags.boolean({ summary: 'Only the conversation.' }),
    preview: Flags.boolean({ summary: 'Show what would change, as a diff, and change nothing.', exclusive: ['force'] }),
    force: Flags.boolean({ summary: 'Without asking, and also where somebody else has changed files since.' }),
  };

  async run(): Promise<Rewound> {
    const { args: { id }, flags: { list, to, code, chat, preview, force } } = await this.parse(SessionsRewind);
    const abort = new AbortController();
    const unwatch = watchProcess(abort, () => undefined, (error) => abort.abort(error));
    try {
      const rewound = await rewindSession({
        oclif: this.config, id, does: list ? 'list' : preview ? 'preview' : 'do', to, scope: code ? 'code' : chat ? 'chat' : 'both', isForced: force, asks: !this.jsonEnabled(), signal: abort.signal,
      });
      this.log(list && (rewound.steps?.length ?? 0) > 0 ? toTable(rewound) : rewound.text);
      return rewound;
    } finally {
      unwatch();
    }
  }
}

function toTable({ session, steps = [] }: Rewound): string {
  const rows = steps.map(({ number, text, atMs, files }) => [String(number), toTime(atMs), String(files), text.replaceAll(/\s+/g, ' ')]);
  return `${escapeControl(session)}\n${formatTable(['#', 'when', 'files', 'typed'], rows)}`;
}

function toTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
