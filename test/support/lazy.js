// Loaded into every Node process of the tests before anything else (`--require`). Pulumi's SDK loads into every program and provider
// process what only a few programs use: TypeScript, npm's Arborist and a debugging session serialize functions, and the Automation API
// starts other stacks. That is half of the time until a process starts. Here they are loaded when they are first used.
const Module = require("node:module");
const { useLater } = require("./packed.js");

const late = new Set(["typescript", "@npmcli/arborist", "normalize-package-data", "./automation"]);
const session = "../../runtime/closure/v8Hooks";
const { _load } = Module;

Module._load = function (request, parent, ...rest) {
  const load = () => _load.call(this, request, parent, ...rest);
  if (!/[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")) return load();
  // The program's host asks for the session to be opened. What serializes functions opens it, too.
  if (request === session) return { ...load(), isInitializedAsync: () => Promise.resolve() };
  if (!late.has(request)) return load();
  Module._resolveFilename(request, parent); // it may be missing: that is said here, not later
  let loaded;
  const whole = () => (loaded ??= load());
  return new Proxy(function () {}, {
    // The SDK's compiler copies all members of a module that does not have this mark, and so would load it.
    get: (_, key) => (key === "__esModule" ? true : key === "default" ? (whole().default ?? whole()) : whole()[key]),
    apply: (_, self, args) => Reflect.apply(whole(), self, args),
  });
};

useLater();
