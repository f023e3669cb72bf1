// Imports the kernel and boots it with the shipped plugins, on the built bundle, as src/host.ts does.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = dirname(__dirname);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const shippedUrl = pathToFileURL(join(root, 'dist/shipped.js')).href;
const kernelUrl = pathToFileURL(join(root, 'src/kernel/dist/index.js')).href;

exports.boot = async function boot() {
  require('node:module').registerHooks({ resolve: (specifier, context, next) => (specifier === '@pith/kernel' ? { url: kernelUrl, shortCircuit: true } : next(specifier, context)) });
  const sources = read(join(root, 'package.json')).oclif.plugins.flatMap((name) => {
    const folder = join(root, 'node_modules', name);
    const { pith } = read(join(folder, 'package.json'));
    return pith === undefined ? [] : [{ ...pith, name, load: async () => ({ default: (await import(shippedUrl)).default[name].definition }) }];
  });
  const { createKernel } = await import(kernelUrl);
  const kernel = await createKernel({ plugins: sources });
  const failed = kernel.plugins.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new Error(failed.error.message);
};
