/** An agent as a file describes it: recognised by its prompt, which a program sends as system prompt. */
export interface Agent {
  /** Its name, and in front of it that of its workspace: `shop:reviewer`. What preferences and rows call it. */
  id: string;
  name: string;
  description: string;
  color: string | null;
  /** As the file says: a name, or `opus`, `sonnet`, `haiku`; nothing for `inherit`. */
  model: string | null;
  /** Nothing: all. */
  tools: readonly string[] | null;
  file: string;
  /** The folder that it belongs to; nothing for those of this person. */
  workspace: string | null;
  /** Single line ends, without what is blank around it. */
  prompt: string;
}

/** Why a file is no agent. */
export interface AgentProblem { file: string; problem: string }

/** Shorter prompts are in too many texts by chance. */
export const PROMPT_CHARACTERS_MIN = 40;
