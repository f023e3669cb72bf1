import { atTop, JSX, SHARED } from './javascript.ts';

const typescript = `${SHARED}
${atTop('(lexical_declaration (variable_declarator name: [(array_pattern (identifier) @constant) (object_pattern [(shorthand_property_identifier_pattern) @constant (pair_pattern value: (identifier) @constant)])]))')}
(function_signature name: (identifier) @function)
(class_declaration name: (type_identifier) @class)
(abstract_class_declaration name: (type_identifier) @class)
(interface_declaration name: (type_identifier) @interface)
(type_alias_declaration name: (type_identifier) @type)
(enum_declaration name: (identifier) @enum)
(internal_module name: (identifier) @module)
(module name: (identifier) @module)
(method_signature name: (property_identifier) @method)
(abstract_method_signature name: (property_identifier) @method)
(public_field_definition name: (property_identifier) @method value: [(arrow_function) (function_expression)])
(extends_clause value: (identifier) @call)
(implements_clause (type_identifier) @call)
(extends_type_clause type: (type_identifier) @call)
`;

export default typescript;
export const tsx = `${typescript}${JSX}`;
