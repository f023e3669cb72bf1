/** Where programs that serve models on this machine listen unless told otherwise: Ollama, LM Studio, llama.cpp, vLLM. */
const ADDRESSES = ['http://127.0.0.1:11434/v1', 'http://127.0.0.1:1234/v1', 'http://127.0.0.1:8080/v1', 'http://127.0.0.1:8000/v1'];
const LIMIT_MS = 300;

export interface LocalServer { baseUrl: string; model: string }

/**
 * A model server on this machine that answers, with its first model; asked only where no key and no model is set.
 * `PITH_LOCAL_PROBE` names other addresses, separated by commas, or is `off`.
 */
export async function findLocalServer(env: NodeJS.ProcessEnv): Promise<LocalServer | undefined> {
  const probe = env['PITH_LOCAL_PROBE'];
  if (probe === 'off') return undefined;
  const addresses = probe === undefined || probe === '' ? ADDRESSES : probe.split(',').map((address) => address.trim());
  const answers = await Promise.all(addresses.map(askForModel));
  return answers.find((answer) => answer !== undefined);
}

async function askForModel(baseUrl: string): Promise<LocalServer | undefined> {
  try {
    const response = await fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(LIMIT_MS), redirect: 'error' });
    const list = response.ok ? (await response.json()) as { data?: { id?: unknown }[] } : {};
    const model = list.data?.[0]?.id;
    return typeof model === 'string' ? { baseUrl, model } : undefined;
  } catch {
    return undefined; // Nobody listens there, or somebody else.
  }
}
