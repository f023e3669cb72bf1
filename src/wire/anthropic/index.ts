export { betasFor, createAnthropicWriter, MAX_MARKERS, versionFor, type AnthropicWriterOptions } from './request.ts';
export { AnthropicReader } from './reply.ts';
export { readAnthropicRequest } from './read-request.ts';
export { thinksByBudget } from './model.ts';
