import type { Generation } from '../generation.ts';
import type { SourceTool } from '../replay/tape.ts';
import type { Run } from '../run.ts';
import { diffTools, type FailedSource, type ToolSet } from './tool-set.ts';

/** The tools of the turns of a session, one turn after the other. */
export class TurnTools {
  /** Those of the turn before. */
  #before: ToolSet | undefined;
  /** What sources had listed last, for those who record; in a replay what they had listed then. */
  #listed: ToolSet | undefined;

  /** Gives a turn its tools, and says what could not be listed and what is not as it was. */
  async take(run: Run): Promise<void> {
    const { generation, session } = run;
    if (generation.toolSources.length > 0) {
      const listed = await run.recorded('tools', () => this.#list(generation, run.signal)).catch((error: unknown) => {
        if (!run.signal.aborted) throw error;
        return undefined; // Whatever comes next sees by itself that it was stopped, and ends as it should.
      });
      if (listed === undefined) return;
      const { failed, tools } = listed;
      if (session.playback !== undefined && tools !== undefined) this.#listed = generation.toolSet.withListed(tools);
      run.toolSet = session.playback === undefined ? generation.toolSet : this.#listed ?? generation.toolSet;
      for (const { owner, text } of failed) session.noticeOnce({ level: 'warning', plugin: owner, text: `Plugin ${owner} could not list its tools: ${text}` });
    }
    const changes = this.#before === undefined ? '' : diffTools(this.#before, run.toolSet);
    this.#before = run.toolSet;
    if (changes !== '') await run.emit({ type: 'notice', level: 'info', text: `Tools changed, so the prompt cache starts anew: ${changes}` });
  }

  /** Asks the sources; what they have is kept where it is not what it was. */
  async #list(generation: Generation, signal: AbortSignal): Promise<{ failed: readonly FailedSource[]; tools?: readonly SourceTool[] }> {
    const failed = await generation.refreshTools(signal);
    const { toolSet } = generation;
    if (toolSet.specs === this.#listed?.specs) return { failed };
    this.#listed = toolSet;
    return { failed, tools: toolSet.listed() };
  }
}
