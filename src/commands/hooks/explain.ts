import { realpathSync } from 'node:fs';
import { Args, Command, Flags } from '@oclif/core';
import { isPithError, PithError, type SessionStore } from '@pith/kernel';
import { explainCall, type Explanation, gatherCall } from '../../host/hook-report/explain-call.ts';
import { findCall, listCalls } from '../../host/hook-report/find-call.ts';
import { formatExplanation } from '../../host/hook-report/format-explanation.ts';
import { openKernel, pathsOf, readConfig } from '../../host/host.ts';
import { type KeptTrace, readTraces } from '../../host/trace-files.ts';

export default class HooksExplain extends Command {
  static override summary = 'Say why a tool call was refused, changed or answered, and by whom.';
  static override description = 'Every opinion with its reason, rule, file and line; what prepare wraps made of the call; who decided in the end.';
  static override examples = [
    { description: 'The last call of a tool in the last session of this folder', command: '<%= config.bin %> hooks explain read' },
    { description: 'A call by the beginning of its id, of another session', command: '<%= config.bin %> hooks explain call-1 --session 3f2a91c0 --json' },
  ];
  static override enableJsonFlag = true;
  static override args = { call: Args.string({ required: true, ignoreStdin: true, description: 'The id of a call, its beginning, or the name of a tool for its last call.' }) };
  static override flags = { session: Flags.string({ summary: 'The id of a session, or its beginning; default: the last of this folder.', helpValue: 'ID' }) };

  async run(): Promise<Explanation> {
    const { args, flags } = await this.parse(HooksExplain);
    const kernel = await openKernel(this.config, await readConfig(this.config, process.cwd()), { sessions: { record: false } });
    try {
      const store = await kernel.service('sessions');
      const id = flags.session ?? await lastSession(store);
      const call = findCall(await listCalls(store.events(id)), args.call, id);
      const events = await gatherCall(store.events(id), call);
      const explanation = explainCall(call, events, tracesOf(pathsOf(this.config).data, events.last!.sessionId));
      this.log(formatExplanation(explanation));
      return explanation;
    } finally {
      await kernel.close();
    }
  }
}

async function lastSession(store: SessionStore): Promise<string> {
  const [last] = await store.list({ cwd: realpathSync(process.cwd()) });
  if (last === undefined) throw new PithError('There is no session of this folder', { code: 'SESSION_NOT_FOUND', hint: 'Name one: --session ID; pith sessions list --all shows those of other folders.' });
  return last.id;
}

/** A call can be explained without its trace, only less well. */
function tracesOf(dataFolder: string, sessionId: string): KeptTrace[] {
  try {
    return readTraces(dataFolder, sessionId);
  } catch (error) {
    if (isPithError(error) && error.code === 'TRACE_NOT_FOUND') return [];
    throw error;
  }
}
