/** Code as a tree, as far as we read it. */
export interface Node {
  type: string;
  value?: string;
  properties?: { className?: unknown };
  children?: readonly Node[];
}

export const lowlight: {
  registered(language: string): boolean;
  highlight(language: string, code: string): Node;
};
