import type { ModelRequest } from '@pith/kernel';

/** What a client asked for, in our words. `stream` is how it wants to be answered. */
export type ReadRequest = Pick<ModelRequest, 'model' | 'system' | 'messages' | 'tools' | 'options'> & { stream: boolean };
