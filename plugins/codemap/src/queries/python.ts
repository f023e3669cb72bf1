/** Also where the module asks first, or tries. */
const TOP = ['(module {})', '(module (if_statement (block {})))', '(module (if_statement (else_clause (block {}))))', '(module (try_statement (block {})))', '(module (try_statement (except_clause (block {}))))'];
const variable = '(expression_statement (assignment left: [(identifier) @constant (pattern_list (identifier) @constant)]))';

export default `
(class_definition name: (identifier) @class)
(function_definition name: (identifier) @function)
(class_definition body: (block (function_definition name: (identifier) @method)))
(class_definition body: (block (decorated_definition definition: (function_definition name: (identifier) @method))))
${TOP.map((place) => place.replace('{}', variable)).join('\n')}
(module (type_alias_statement left: (type (identifier) @type)))
(call function: (identifier) @call)
(call function: (attribute attribute: (identifier) @call))
(class_definition superclasses: (argument_list (identifier) @call))
(decorator (identifier) @call)
`;
