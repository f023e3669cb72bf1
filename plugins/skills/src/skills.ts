import type { ContributionContext, ModelRequest, SlashCommand, ToolDeclaration, Turn, UserInput } from '@pith/kernel';
import type { Callable } from './command-file.ts';
import { skillError } from './errors.ts';
import { findSkills, type FoundSkills, type SkillCache, type SkillRequest } from './find-skills.ts';
import type { SkillOptions } from './options.ts';
import { toLine } from './problem.ts';
import { SessionSkills } from './session-skills.ts';
import { createSkillTool } from './skill-tool.ts';

type Where = Pick<SkillRequest, 'cwd' | 'roots'>;

/** What stands behind the taps: it knows where skills and commands lie, and reads each file once as long as it stays as it is. */
export class Skills {
  readonly tool: ToolDeclaration;
  readonly #context: Pick<ContributionContext, 'env' | 'paths' | 'options'>;
  readonly #managedFolder: string;
  readonly #cache: SkillCache = new Map();

  constructor(context: Pick<ContributionContext, 'env' | 'paths' | 'options'>, managedFolder: string) {
    this.#context = context;
    this.#managedFolder = managedFolder;
    this.tool = createSkillTool({ requestAt: (at) => this.#requestAt(at), bodyTokens: this.#options.bodyTokens });
  }

  find(at: Where): Promise<FoundSkills> {
    return findSkills(this.#requestAt(at), this.#cache);
  }

  tellChanges(input: UserInput, turn: Turn): Promise<UserInput | undefined> {
    return this.#of(turn).tellChanges(input, turn);
  }

  addList(request: ModelRequest, turn: Turn): Promise<ModelRequest | undefined> {
    return this.#of(turn).addList(request, turn);
  }

  /** Asked when one is typed, or all are listed. */
  async commands(at: Where): Promise<SlashCommand[]> {
    const { findCallables } = await import('./find-commands.ts');
    return (await findCallables(this.#requestAt(at), this.#cache)).map((found): SlashCommand => {
      if (!('problem' in found)) return { name: found.name, summary: found.summary, run: (argument, turn) => this.#expand(found, argument, turn) };
      const line = toLine(found.problem);
      return { name: found.name, summary: `cannot be used: ${line}`, run: async () => { throw skillError(`/${found.name} cannot be used: ${line}`, 'COMMAND_INVALID', 'Mend the file, and type it again.'); } };
    });
  }

  async #expand(command: Callable, argument: string, turn: Turn): ReturnType<SlashCommand['run']> {
    const { env } = this.#context;
    return (await import('./expand.ts')).expand(command, argument, turn, env['HOME'] || env['USERPROFILE']);
  }

  #of(turn: Turn): SessionSkills {
    return turn.session.get('skills', () => new SessionSkills((at) => this.find(at), this.#options.listTokens));
  }

  #requestAt({ cwd, roots }: Where): SkillRequest {
    const { env, paths } = this.#context;
    return { cwd, roots, env, configFolder: paths.config, managedFolder: this.#managedFolder };
  }

  /** Checked by the kernel. */
  get #options(): SkillOptions {
    return this.#context.options as SkillOptions;
  }
}
