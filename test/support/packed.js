// Pulumi's SDK out of one file, with its compiled code, instead of some 230: a program's or provider's process of the tests starts in three
// quarters of the time. test/support/build.js makes the file, once for each version of Node and each installation of node_modules;
// without it, everything is loaded as ever. In the SDK's part of a stack trace, lines are those of that file.
const { execFileSync } = require("node:child_process");
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require("node:fs");
const Module = require("node:module");
const { basename, dirname, join, sep } = require("node:path");
const vm = require("node:vm");

const modules = join(__dirname, "..", "..", "node_modules") + sep;
const sdk = join(modules, "@pulumi", "pulumi") + sep;
const all = join(modules, ".cache", "sdk");
/** What a program's process and a provider's load before they do anything. */
const entries = [
  "@pulumi/pulumi/cmd/run/instrumentation",
  "source-map-support/register",
  "@pulumi/pulumi/log",
  "@pulumi/pulumi",
];

/** These start when they are loaded, so they are only written. */
const programs = [
  "run/index",
  "run/run",
  "run/tracing",
  "run/error",
  "dynamic-provider/index",
  "dynamic-provider/config",
];

const source = "sdk.txt";

/** The folder of the pack for this Node, for what is installed, and for how the pack is made. */
function folder() {
  const sources = [join(modules, ".package-lock.json"), module.filename, join(__dirname, "lazy.js")];
  const changed = sources.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return join(all, `${process.version}-${Math.max(...changed)}`);
}

function loadEntries() {
  for (const entry of entries) require(join(modules, entry));
}

/** Writes what is loaded as one script, and what each file's requests mean. */
function write(place) {
  const meanings = {};
  const { _resolveFilename } = Module;
  Module._resolveFilename = function (request, parent, ...rest) {
    const found = _resolveFilename.call(this, request, parent, ...rest);
    const isOurs = parent?.filename?.startsWith(modules) && found.startsWith(modules);
    if (isOurs) (meanings[parent.filename] ??= {})[request] = found;
    return found;
  };
  loadEntries();
  const loaded = Object.keys(require.cache).filter((file) => file.startsWith(modules) && file.endsWith(".js"));
  const started = programs.map((name) => join(sdk, "cmd", `${name}.js`)).filter((file) => existsSync(file));
  const functions = [...loaded, ...started].map((file) => {
    const text = readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=.*$/gm, "");
    return `${JSON.stringify(file)}: function (exports, require, module, __filename, __dirname) {${text}\n}`;
  });
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, source), `({${functions.join(",\n")}})`);
  writeFileSync(join(place, "meanings.json"), JSON.stringify(meanings));
}

/** The functions of the files, by their names, from the pack in that folder. */
function open(place) {
  const compiled = join(place, "sdk.bin");
  const script = new vm.Script(readFileSync(join(place, source), "utf8"), {
    filename: join(place, "sdk.js"), // no file: if there were one, every stack trace would read all of it in search of a source map
    cachedData: existsSync(compiled) ? readFileSync(compiled) : undefined,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const meanings = JSON.parse(readFileSync(join(place, "meanings.json"), "utf8"));
  return { script, functions: script.runInThisContext(), meanings };
}

/** From now on, the files of the pack are loaded from it. */
function use({ functions, meanings }) {
  const { _resolveFilename } = Module;
  Module._resolveFilename = function (request, parent, ...rest) {
    return meanings[parent?.filename]?.[request] ?? _resolveFilename.call(this, request, parent, ...rest);
  };
  return (module, filename) => {
    const run = functions[filename];
    if (run === undefined) return false;
    const require = Object.assign((request) => module.require(request), {
      resolve: (request, options) => Module._resolveFilename(request, module, false, options),
      main: process.mainModule,
      cache: Module._cache,
      extensions: Module._extensions,
    });
    run.call(module.exports, module.exports, require, module, filename, dirname(filename));
    return true;
  };
}

/** The pack for this process, if it was made. */
function found() {
  const place = folder();
  return existsSync(place) ? open(place) : undefined;
}

/** Uses a pack as soon as a process loads something of the SDK. */
function useLater(find = found) {
  const { ".js": load } = Module._extensions;
  let take;
  Module._extensions[".js"] = function (module, filename) {
    if (take === undefined && filename.startsWith(sdk)) {
      const pack = find();
      take = pack === undefined ? () => false : use(pack);
    }
    if (take?.(module, filename) !== true) load.call(this, module, filename);
  };
}

/** Adds the compiled code of what is loaded. */
function compile(place) {
  const pack = open(place);
  useLater(() => pack);
  loadEntries();
  writeFileSync(join(place, "sdk.bin"), pack.script.createCachedData());
}

/** Makes the pack if there is none. */
function make() {
  const place = folder();
  if (existsSync(place)) return;
  const making = `${place}.${process.pid}`;
  // Others may be making the same one.
  for (const name of existsSync(all) ? readdirSync(all) : [])
    if (!name.startsWith(basename(place))) rmSync(join(all, name), { recursive: true, force: true });
  // Each in a process that has loaded nothing yet.
  for (const step of ["write", "compile"]) execFileSync(process.execPath, [module.filename, step, making], { env: {} });
  try {
    renameSync(making, place);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(place)) throw error;
  }
}

module.exports = { make, useLater };

if (require.main === module) {
  const [, , step, place] = process.argv;
  require("./lazy.js");
  if (step === "write") write(place);
  else compile(place);
}
