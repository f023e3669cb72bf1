// Stands in for React's inspector, which Ink would load where a variable of the environment asks for it.
export default { initialize() {}, connectToDevTools() {} };
