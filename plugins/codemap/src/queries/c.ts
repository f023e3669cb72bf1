/** What C and C++ have in common. In what `local` marks, functions and constants are a function's own; in what `body` marks, constants are. To name all places at the top instead would take half a second to compile. */
export const SHARED = `
(compound_statement) @body
(compound_statement (declaration) @local)
(parameter_list) @local
((declaration (storage_class_specifier) @_storage) @body (#eq? @_storage "extern"))
((preproc_if condition: (number_literal) @_condition !alternative) @local (#eq? @_condition "0"))
(function_declarator declarator: (identifier) @function)
(function_declarator declarator: (parenthesized_declarator (identifier) @function))
(declaration declarator: (identifier) @constant)
(init_declarator declarator: (identifier) @constant)
(pointer_declarator declarator: (identifier) @constant)
(array_declarator declarator: (identifier) @constant)
(struct_specifier name: (type_identifier) @struct body: (_))
(union_specifier name: (type_identifier) @struct body: (_))
(enum_specifier name: (type_identifier) @enum body: (_))
(type_definition declarator: (type_identifier) @type)
(pointer_declarator declarator: (type_identifier) @type)
(array_declarator declarator: (type_identifier) @type)
(function_declarator declarator: (type_identifier) @type)
(preproc_def name: (identifier) @macro)
(preproc_function_def name: (identifier) @macro)
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
`;

/**
 * Functions as they were written before 1989: with the names of the parameters in brackets, and what they are behind it. In C++ that would be a
 * variable. And those with a word in front that only a macro explains, which to a grammar of C++ is the name of a class.
 */
export default `${SHARED}
(function_declarator declarator: (qualified_identifier name: (identifier) @function))
(init_declarator declarator: [(identifier) @function (pointer_declarator declarator: (identifier) @function)] value: (argument_list))
((declaration declarator: [(init_declarator value: (argument_list)) (function_declarator) (pointer_declarator declarator: (function_declarator))]) . (declaration)+ @body . (compound_statement))
`;
