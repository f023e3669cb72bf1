const FUNCTION = '[(arrow_function) (function_expression) (generator_function)]';
/** The functions of an object that stands for a module, or nearly so. Those of other objects are mostly arguments. */
const MEMBERS = `(object [(method_definition name: (property_identifier) @method) (pair key: (property_identifier) @method value: ${FUNCTION})])`;

export const atTop = (pattern: string): string => `(program ${pattern})\n(program (export_statement ${pattern}))`;

/** What JavaScript and TypeScript have in common. A capture is a kind of symbol, or `call`; one that begins with `_` is only looked at. */
export const SHARED = `
(function_declaration name: (identifier) @function)
(generator_function_declaration name: (identifier) @function)
(class_body (method_definition name: [(property_identifier) (private_property_identifier)] @method))
${atTop('(lexical_declaration (variable_declarator name: (identifier) @constant))')}
${atTop('(variable_declaration (variable_declarator name: (identifier) @constant))')}
${atTop(`(lexical_declaration (variable_declarator name: (identifier) @function value: ${FUNCTION}))`)}
${atTop(`(variable_declaration (variable_declarator name: (identifier) @function value: ${FUNCTION}))`)}
${atTop('(lexical_declaration (variable_declarator name: (identifier) @class value: (class)))')}
${atTop(`(lexical_declaration (variable_declarator value: ${MEMBERS}))`)}
(program (export_statement value: ${MEMBERS}))
(program (expression_statement (assignment_expression right: ${MEMBERS})))
(assignment_expression left: (member_expression property: (property_identifier) @function) right: ${FUNCTION})
(call_expression function: (identifier) @call)
(call_expression function: (member_expression property: (property_identifier) @call))
(new_expression constructor: (identifier) @call)
(new_expression constructor: (member_expression property: (property_identifier) @call))
(decorator (identifier) @call)
(decorator (call_expression function: (identifier) @call))
`;

/** The grammars with JSX. */
export const JSX = `
(jsx_opening_element name: (identifier) @call)
(jsx_self_closing_element name: (identifier) @call)
`;

export default `${SHARED}${JSX}
(class_declaration name: (identifier) @class)
(class name: (identifier) @class)
(function_expression name: (identifier) @function)
(variable_declarator name: (identifier) @function value: [(function_expression) (generator_function)])
(class_body (method_definition name: (computed_property_name) @method))
((assignment_expression left: (member_expression object: (member_expression property: (property_identifier) @_prototype) property: (property_identifier) @method)) (#eq? @_prototype "prototype"))
(pair value: ${MEMBERS})
(class_heritage (identifier) @call)
(field_definition property: (property_identifier) @method value: [(arrow_function) (function_expression)])
`;
