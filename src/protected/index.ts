export { readHookFiles } from './hook-files.ts';
export { isConfigName, protectedReason, whyProtected } from './names.ts';
