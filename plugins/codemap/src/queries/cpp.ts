import { SHARED } from './c.ts';

const NAME = '[(identifier) (destructor_name) (operator_name)] @method';
/** A function's name behind up to four names of what it belongs to. */
const QUALIFIED = [1, 2, 3, 4].map((depth) => `(function_declarator declarator: ${'(qualified_identifier name: '.repeat(depth)}${NAME}${')'.repeat(depth)})`);

/** Behind a macro, as in `class EXPORT Name {`, a class looks like a function. */
export default `${SHARED}
(template_parameter_list) @local
(reference_declarator (identifier) @constant)
${QUALIFIED.join('\n')}
(function_declarator declarator: [(field_identifier) (destructor_name) (operator_name)] @method)
(field_declaration_list [(declaration declarator: (function_declarator declarator: (identifier) @method)) (function_definition declarator: (function_declarator declarator: (identifier) @method))])
(operator_cast "operator" @operator)
(class_specifier name: (type_identifier) @class body: (_))
(class_specifier name: (template_type name: (type_identifier) @class) body: (_))
(class_specifier name: (qualified_identifier name: (type_identifier) @class) body: (_))
(struct_specifier name: (template_type name: (type_identifier) @struct) body: (_))
(struct_specifier name: (qualified_identifier name: (type_identifier) @struct) body: (_))
(function_definition type: (class_specifier !body) declarator: (identifier) @class)
(function_definition type: (struct_specifier !body) declarator: (identifier) @struct)
(namespace_definition name: (namespace_identifier) @module)
(nested_namespace_specifier (namespace_identifier) @module)
(alias_declaration name: (type_identifier) @type)
(concept_definition name: (identifier) @type)
(call_expression function: (qualified_identifier name: (identifier) @call))
(call_expression function: (template_function name: (identifier) @call))
(new_expression type: (type_identifier) @call)
(base_class_clause (type_identifier) @call)
`;
