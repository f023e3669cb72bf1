import { readFileSync } from 'node:fs';

/** An esbuild plugin: of tapable's twelve kinds of hooks only those are made that are used. */
export const usedHooksOnly = {
  name: 'used-hooks-only',
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]tapable[\\/]lib[\\/]index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/^module\.exports\.(\w+) = (require\("[^"]+"\));$/gm, 'Object.defineProperty(module.exports, "$1", { enumerable: true, get: () => $2 });'), loader: 'js',
    }));
  },
};
