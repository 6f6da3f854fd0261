// Loaded into every Node process of the tests before anything else (`--require`). Pulumi's SDK loads TypeScript and npm's Arborist in every
// program and provider process, for functions that a program may serialize: half of the time until it starts. Here they are loaded
// when they are first used.
const Module = require("node:module");

const late = new Set(["typescript", "@npmcli/arborist", "normalize-package-data"]);
const { _load } = Module;

Module._load = function (request, parent, ...rest) {
  const load = () => _load.call(this, request, parent, ...rest);
  if (!late.has(request) || !/[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")) return load();
  let loaded;
  const whole = () => (loaded ??= load());
  return new Proxy(function () {}, {
    // The SDK's compiler copies all members of a module that does not have this mark, and so would load it.
    get: (_, key) => (key === "__esModule" ? true : key === "default" ? (whole().default ?? whole()) : whole()[key]),
    apply: (_, self, args) => Reflect.apply(whole(), self, args),
  });
};
