// oclif's plugin manager exports its commands only, and pith wants what is below them: the one list of what is installed.
// By its path, since its package.json allows no other import; the build takes it into the bundle. See docs/decisions/0013.
export { default as Plugins } from '../../../node_modules/@oclif/plugin-plugins/lib/plugins.js';
