// What the plain JavaScript programs of tests and benchmarks use of this package's internals: built to dist/repository/internals.js.
export { openStack } from "../../local/engine";
export { openCrypter } from "../../local/engine/secrets";
export { StateFile } from "../../local/engine/state";
export { Neighbours } from "../../provider/core/neighbours";
export { forwarder } from "../../provider/dynamic/forwarder";
export { variables } from "../../provider/settings/names";
