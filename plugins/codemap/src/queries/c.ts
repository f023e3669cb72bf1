/** Where a declaration is not one of a function's own. */
const TOP = ['translation_unit', 'preproc_ifdef', 'preproc_if', 'preproc_else', 'linkage_specification', 'declaration_list'] as const;

export function atTop(places: readonly string[], pattern: string): string {
  return places.map((place) => `(${place} ${pattern})`).join('\n');
}

/** Each declarator, and the same behind one star and two. */
export function pointed(...patterns: string[]): string {
  return `[${patterns.flatMap((pattern) => [pattern, `(pointer_declarator declarator: ${pattern})`, `(pointer_declarator declarator: (pointer_declarator declarator: ${pattern}))`]).join(' ')}]`;
}

const VARIABLE = ['(identifier) @constant', '(array_declarator declarator: (identifier) @constant)'];

/** @param places kinds of nodes that hold what stands at the top */
export function shared(places: readonly string[]): string {
  return `
(function_definition declarator: ${pointed('(function_declarator declarator: (identifier) @function)')})
${atTop(places, `(declaration declarator: ${pointed('(function_declarator declarator: (identifier) @function)')})`)}
${places.map((place) => `(${place} ((declaration declarator: ${pointed(...VARIABLE)}) @_declaration (#not-match? @_declaration "^extern ")))
(${place} (declaration declarator: (init_declarator declarator: ${pointed(...VARIABLE)})))`).join('\n')}
(struct_specifier name: (type_identifier) @struct body: (_))
(union_specifier name: (type_identifier) @struct body: (_))
(enum_specifier name: (type_identifier) @enum body: (_))
(type_definition declarator: ${pointed('(type_identifier) @type')})
(type_definition declarator: (array_declarator declarator: (type_identifier) @type))
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @type))))
(preproc_def name: (identifier) @macro)
(preproc_function_def name: (identifier) @macro)
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
`;
}

export default shared(TOP.filter((place) => place !== 'linkage_specification' && place !== 'declaration_list'));
