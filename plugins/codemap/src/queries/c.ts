/** Each declarator, and the same behind one star and two. */
export function pointed(...patterns: string[]): string {
  return `[${patterns.flatMap((pattern) => [pattern, `(pointer_declarator declarator: ${pattern})`, `(pointer_declarator declarator: (pointer_declarator declarator: ${pattern}))`]).join(' ')}]`;
}

const VARIABLES = pointed('(identifier) @constant', '(array_declarator declarator: (identifier) @constant)');
const FUNCTION = pointed('(function_declarator declarator: (identifier) @function)');

/** `local` marks declarations that are a function's own: what stands in them is none of the top. To name all places at the top instead would take a second to compile. */
export default `
(compound_statement (declaration) @local)
(case_statement (declaration) @local)
(for_statement (declaration) @local)
(function_definition declarator: ${FUNCTION})
(declaration declarator: ${FUNCTION})
((declaration declarator: ${VARIABLES}) @_declaration (#not-match? @_declaration "^extern "))
(declaration declarator: (init_declarator declarator: ${VARIABLES}))
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
