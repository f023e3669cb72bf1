// Stands in for Node's HTTP/2, which takes 6 ms to load: undici asks for it as it is loaded, and nobody of us speaks it.
module.exports = { constants: {} };
