/** What a request must know of a Claude model, from its name alone. An unknown name is taken for a new model. */

const DEFAULT_MAX_TOKENS = 32_000;

/** Major and minor version: 4.6 of `claude-opus-4-6`, 3.5 of `claude-3-5-haiku-20241022`, 4.0 of `claude-opus-4-20250514`. */
function versionOf(model: string): { major: number; minor: number } | undefined {
  const [, major, minor] = /claude-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/.exec(model) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor ?? 0) };
}

/** Before 4.6 the model is given a budget to think with; since then it decides by itself, and a budget is refused. */
export function thinksByBudget(model: string): boolean {
  const version = versionOf(model);
  return version !== undefined && (version.major < 4 || (version.major === 4 && version.minor < 6));
}

/** Since 5.5 a model that is not to think still may between tools: the plain word for off is refused. */
export function thinkingOff(model: string): 'disabled' | 'between_tools' {
  const version = versionOf(model);
  return version !== undefined && (version.major < 5 || (version.major === 5 && version.minor < 5)) ? 'disabled' : 'between_tools';
}

/** The vendor wants a limit in each request. This one every model of the name's version takes. */
export function defaultMaxTokens(model: string): number {
  const version = versionOf(model);
  if (version === undefined || version.major > 3 || version.minor > 5) return DEFAULT_MAX_TOKENS;
  return version.major === 3 && version.minor === 5 ? 8192 : 4096;
}
