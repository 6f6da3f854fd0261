// Loaded into Jest's workers and every Node process that they start, before anything else (`--require`). Pulumi's SDK loads into every
// program's and provider's process what serializes functions: TypeScript, npm's Arborist and a debugging session, a third of the time
// until a process starts. Here they are loaded when they are first used.
const Module = require("node:module");
const { useLater } = require("./packed.js");

const late = new Set(["typescript", "@npmcli/arborist", "normalize-package-data"]);
const { _load } = Module;

Module._load = function (request, parent, ...rest) {
  const load = () => _load.call(this, request, parent, ...rest);
  if (!/[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")) return load();
  if (/[\\/]v8Hooks$|^\.\/v8Hooks$/.test(request)) return openedLate(load());
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

let session;

/** The program's host opens the session when it starts. One that is opened later must also know the scripts that were loaded before. */
function openedLate(hooks) {
  const open = async () => {
    const opened = await hooks.getSessionAsync();
    const post = (method) => new Promise((resolve) => opened.post(method, resolve));
    await post("Debugger.disable");
    await post("Debugger.enable");
    return opened;
  };
  return { ...hooks, isInitializedAsync: () => Promise.resolve(), getSessionAsync: () => (session ??= open()) };
}

useLater();
