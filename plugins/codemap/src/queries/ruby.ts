export default `
(class name: [(constant) (scope_resolution name: (constant))] @class)
(module name: [(constant) (scope_resolution name: (constant))] @module)
(method name: (_) @method)
(singleton_method name: (_) @method)
(assignment left: (constant) @constant)
(call method: [(identifier) (constant)] @call)
(call receiver: (constant) @call method: (identifier) @_new (#eq? @_new "new"))
(superclass (constant) @call)
`;
