/** A constant is also one where the module asks first, tries, or goes round. */
export default `
(function_definition body: (block) @body)
(class_definition body: (block) @body)
(class_definition name: (identifier) @class)
(function_definition name: (identifier) @function)
(class_definition body: (block (function_definition name: (identifier) @method)))
(class_definition body: (block (decorated_definition definition: (function_definition name: (identifier) @method))))
(assignment left: (identifier) @constant right: (_))
(assignment left: (pattern_list (identifier) @constant))
(assignment left: (tuple_pattern (identifier) @constant))
(assignment left: (identifier) @function right: (lambda))
(type_alias_statement left: (type (identifier) @type))
(type_alias_statement left: (type (generic_type (identifier) @type)))
(call function: (identifier) @call)
(call function: (attribute attribute: (identifier) @call))
(class_definition superclasses: (argument_list (identifier) @call))
(decorator (identifier) @call)
`;
