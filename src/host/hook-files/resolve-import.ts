import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

let probes = 0;

/**
 * Where Node would find what a file imports, without loading it: Node's own answer, the conditions of packages included.
 * @returns the path; nothing where it is no file, or is not to be found
 */
export function resolveImport(specifier: string, from: string): string | undefined {
  const parentURL = pathToFileURL(from).href;
  const probe = `pith-probe:${++probes}`;
  const hooks = registerHooks({ resolve: (asked, context, next) => (asked === probe ? { ...next(specifier, { ...context, parentURL }), shortCircuit: true } : next(asked, context)) });
  try {
    const url = import.meta.resolve(probe);
    return url.startsWith('file:') ? fileURLToPath(url) : undefined;
  } catch {
    return undefined; // Packages ask for things that need not be there; what is missed is refused when it is loaded.
  } finally {
    hooks.deregister();
  }
}

export function resolveRequire(specifier: string, from: string): string | undefined {
  try {
    const found = createRequire(from).resolve(specifier);
    return found.startsWith('/') || /^[A-Z]:\\/i.test(found) ? found : undefined;
  } catch {
    return undefined; // As above.
  }
}
