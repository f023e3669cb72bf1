import c, { pointed } from './c.ts';

const NAME = '[(identifier) (destructor_name) (operator_name)]';
/** A function's name behind up to two names of what it belongs to. */
const QUALIFIED = [`(function_declarator declarator: (qualified_identifier name: ${NAME} @method))`, `(function_declarator declarator: (qualified_identifier name: (qualified_identifier name: ${NAME} @method)))`];
const IN_CLASS = '(function_declarator declarator: [(field_identifier) (destructor_name) (operator_name)] @method)';
/** Also behind a reference, which C does not have. */
const referred = (...patterns: string[]): string => pointed(...patterns, ...patterns.map((pattern) => `(reference_declarator ${pattern})`));

export default `${c}
(for_range_loop (declaration) @local)
(condition_clause (declaration) @local)
(init_statement (declaration) @local)
(function_definition declarator: ${referred(...QUALIFIED)})
(function_definition declarator: (reference_declarator (function_declarator declarator: (identifier) @function)))
(function_definition declarator: (function_declarator declarator: (operator_name) @function))
(function_definition declarator: ${referred(IN_CLASS)})
(field_declaration declarator: ${referred(IN_CLASS)})
(field_declaration_list (declaration declarator: (function_declarator declarator: [(identifier) (destructor_name)] @method)))
(field_declaration_list (function_definition declarator: (function_declarator declarator: (identifier) @method)))
(class_specifier name: (type_identifier) @class body: (_))
(class_specifier name: (template_type name: (type_identifier) @class) body: (_))
(struct_specifier name: (template_type name: (type_identifier) @struct) body: (_))
(namespace_definition name: (namespace_identifier) @module)
(namespace_definition name: (nested_namespace_specifier (namespace_identifier) @module))
(alias_declaration name: (type_identifier) @type)
(concept_definition name: (identifier) @type)
(call_expression function: (qualified_identifier name: (identifier) @call))
(call_expression function: (template_function name: (identifier) @call))
(new_expression type: (type_identifier) @call)
(base_class_clause (type_identifier) @call)
`;
