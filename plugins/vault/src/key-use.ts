/** Which provider uses a stored key, and the variables that count before it. */
export interface KeyUse {
  /** The name it is stored under, too. */
  provider: string;
  plugin: string;
  /** The variable that means the same key. */
  variable: string;
  /** All that count before what is stored. */
  variables: readonly string[];
}

/** What oclif knows of a plugin. */
interface KnownPlugin { name: string; pjson: unknown }

/** As the manifests of the plugins say: `provider:NAME` has its key in `secret:NAME_API_KEY`, in front of which `PITH_` may stand. */
export function findKeyUses(plugins: Iterable<KnownPlugin>): KeyUse[] {
  const uses = [...plugins].flatMap(({ name: plugin, pjson }) => {
    const { capabilities = [] } = (pjson as { pith?: { capabilities?: readonly string[] } }).pith ?? {};
    const named = (kind: string): string[] => capabilities.filter((word) => word.startsWith(`${kind}:`)).map((word) => word.slice(kind.length + 1));
    return named('provider').flatMap((provider): KeyUse[] => {
      const prefix = `${provider.toUpperCase().replaceAll('-', '_')}_`;
      const variables = named('secret').filter((variable) => variable.replace(/^PITH_/, '').startsWith(prefix));
      const variable = variables.find((each) => each.endsWith(`${prefix}API_KEY`));
      return variable === undefined ? [] : [{ provider, plugin, variable, variables }];
    });
  });
  return uses.sort((a, b) => (a.provider < b.provider ? -1 : 1));
}

/** The name that people mean: `anthropic`, also when they say `Anthropic` or `ANTHROPIC_API_KEY`. */
export function toSecretName(given: string, uses: readonly KeyUse[]): string {
  return uses.find(({ provider, variable }) => provider === given.toLowerCase() || variable === given)?.provider ?? given;
}

/** The variable of the environment that counts before what is stored. */
export function findOverride({ variables }: KeyUse, env: Readonly<Record<string, string | undefined>>): string | undefined {
  return variables.find((variable) => env[variable]?.trim());
}
