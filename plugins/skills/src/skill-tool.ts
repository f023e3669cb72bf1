import type { ToolDeclaration } from '@pith/kernel';
import type { SkillRequest } from './find-skills.ts';

export interface SkillToolSetting {
  requestAt(at: Pick<SkillRequest, 'cwd' | 'roots'>): SkillRequest;
  bodyTokens: number;
}

/** What the model is told of the tool; the rest is loaded when it is called. */
export function createSkillTool(setting: SkillToolSetting): ToolDeclaration {
  return {
    name: 'skill', effect: 'read', timeoutMs: 30_000,
    description: 'Load a skill: its instructions, and the names of the files beside them. With file: the text of one of those files.',
    inputSchema: {
      type: 'object', additionalProperties: false, required: ['name'],
      properties: { name: { type: 'string' }, arguments: { type: 'string', description: 'what the skill is to be applied to, where it takes that' }, file: { type: 'string', description: 'relative to the skill, as references/forms.md' } },
    },
    load: async () => (await import('./skill-tool-body.ts')).createBody(setting),
  };
}
