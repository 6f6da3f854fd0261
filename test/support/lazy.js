// Loaded into Jest's workers and every Node process that they start, before anything else (`--require`). Pulumi's SDK loads into every
// program's and provider's process what serializes functions (TypeScript, npm's Arborist and a debugging session) and what traces calls, half
// of the time until a process starts. Here they are loaded when they are first used.
const Module = require("node:module");
const { useLater } = require("./packed.js");

const late = new Set(["typescript", "@npmcli/arborist", "normalize-package-data"]);
/** Of these, only functions and classes are used. */
const ofFunctions = /^@opentelemetry\/(?:instrumentation|resources|sdk-trace-|exporter-)/;
const { _load } = Module;

Module._load = function (request, parent, ...rest) {
  const load = () => _load.call(this, request, parent, ...rest);
  if (!/[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")) return load();
  if (/[\\/]v8Hooks$|^\.\/v8Hooks$/.test(request)) return openedLate(load());
  const hasFunctions = ofFunctions.test(request);
  if (!late.has(request) && !hasFunctions) return load();
  Module._resolveFilename(request, parent); // it may be missing: that is said here, not later
  let loaded;
  const whole = () => (loaded ??= load());
  const member = (key) => (key === "default" ? (whole().default ?? whole()) : whole()[key]);
  // The SDK's compiler copies all members of a module that does not have this mark, and so would load it.
  return called(whole, (key) => key === "__esModule" || (hasFunctions ? called(() => member(key)) : member(key)));
};

/** A function or class that is not asked for until it is called. */
const called = (whole, get = (key) => whole()[key]) =>
  new Proxy(function () {}, {
    get: (_, key) => get(key),
    apply: (_, self, args) => Reflect.apply(whole(), self, args),
    construct: (_, args) => Reflect.construct(whole(), args),
  });

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
