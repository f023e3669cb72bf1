import { realpathSync } from 'node:fs';
import { Args, Command } from '@oclif/core';
import { formatTrace, sumTraces, type TraceReport } from '../../host/hook-report/trace-report.ts';
import { pathsOf } from '../../host/host.ts';
import { readLastTrace, readTraces } from '../../host/trace-files.ts';

export default class HooksTrace extends Command {
  static override summary = 'Show what each tap did, and what it cost.';
  static override description = 'Of the last turn in this folder, or of all turns of a session: how often it passed, changed, answered, refused, threw or ran out of time; its own time; tokens that it added to the requests or took away, estimated; whether it broke the prompt cache.';
  static override examples = ['<%= config.bin %> hooks trace', { description: 'All turns of a session', command: '<%= config.bin %> hooks trace 3f2a91c0' }];
  static override enableJsonFlag = true;
  static override args = { session: Args.string({ ignoreStdin: true, description: 'The id of a session, or its beginning; the last turn of this folder when left away.' }) };

  async run(): Promise<TraceReport> {
    const { args: { session } } = await this.parse(HooksTrace);
    const { data } = pathsOf(this.config);
    const report = sumTraces(session === undefined ? [readLastTrace(data, realpathSync(process.cwd()))] : readTraces(data, session));
    this.log(formatTrace(report));
    return report;
  }
}
