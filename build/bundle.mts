// Bundles the code that programs, Pulumi's provider process and the command load, with the libraries that it uses. See "The build" in
// CONTRIBUTING.md.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin, transform } from "esbuild";
import ts from "typescript";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

/** The provider process loads nothing else of this package, so this is one file, which loads fastest. */
const runtime = ["provider/dynamic/runtime"];

/** The other entry points. The code that they share is in `dist/chunks`, so a process loads it once. */
const entries = ["provider/index", "cli/main", "local/index", "policies/index", "policies/pack"];

/** Modules that the other entry points load with `require`, when they need them. */
const later = [
  "cli/run",
  "local/deployment",
  "local/engine/program",
  "local/engine/stack",
  "local/zitadel/delivery/once",
  "local/zitadel/executions/words",
  "local/zitadel/index",
  "provider/api/errors",
  "provider/core/missing",
  "provider/core/misspelt",
  "provider/core/plain-credentials",
  "provider/lookup/calls",
];

/** Programs of this repository, which are not shipped. */
const programs = ["local/demo", "local/gap", "test/support/internals"];

/** Receivers load these without any bundle. The TypeScript compiler writes them. */
const isCompiled = (module: string) => module.startsWith("webhook/") || module === "provider/api/closest";

/** The name by which Pulumi looks for the native provider. */
const launcher = "pulumi-resource-zitadel-actions";

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22",
  external: ["@pulumi/*", "jose"],
  logLevel: "warning",
} as const satisfies BuildOptions;

/** got asks whether a body is a FormData, for which Node loads all of its fetch. No body here is. */
const withoutFormData = {
  define: { FormData: "NoFormData" },
  inject: [join(import.meta.dirname, "no-form-data.mjs")],
} as const satisfies BuildOptions;

/** The name of a module of this repository: its path without the ending. */
const nameOf = (file: string) => relative(root, file).replaceAll(sep, "/").replace(/\.ts$/, "");

/**
 * esbuild splits ES modules only, so `commonJs` turns the result into CommonJS. Until then, `require` is called `nodeRequire`, and
 * the path of a file in `dist` that is not part of the bundle begins with `dist:`.
 */
const outside: Plugin = {
  name: "outside",
  setup(bundler) {
    const resolved = { pluginData: "resolved" };
    bundler.onResolve({ filter: /^got$/ }, ({ importer }) =>
      importer === "" ? undefined : { path: "dist:got.js", external: true },
    );
    bundler.onResolve({ filter: /^\./ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === resolved.pluginData) return undefined;
      const found = await bundler.resolve(path, { resolveDir, kind, ...resolved });
      const module = nameOf(found.path);
      return isCompiled(module) ? { path: `dist:${module}.js`, external: true } : found;
    });
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [call, target = ""] of contents.matchAll(/\brequire\("(\.[^"]+)"\)/g)) {
        const found = await bundler.resolve(target, { resolveDir: dirname(path), kind: "require-call", ...resolved });
        const module = nameOf(found.path);
        if (!later.includes(module) && !isCompiled(module))
          throw new Error(`${nameOf(path)}.ts requires ${module}: add that to \`later\` in build/bundle.mts`);
        contents = contents.replace(call, `require("dist:${module}.js")`);
      }
      return { contents: contents.replaceAll(/\brequire(?=[(.])/g, "nodeRequire"), loader: "ts" };
    });
  },
};

/** Bundles modules, and returns what is in the bundles. */
async function bundle(entryPoints: BuildOptions["entryPoints"] & object, more: BuildOptions = {}): Promise<Metafile> {
  const { outputFiles, metafile } = await build({
    ...common,
    ...more,
    entryPoints,
    outdir: dist,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[hash]",
    sourcemap: "inline",
    sourcesContent: false,
    metafile: true,
    write: false,
    plugins: [outside],
  });
  for (const { path, text } of outputFiles) await commonJs(path, text);
  return metafile;
}

async function commonJs(path: string, module: string): Promise<void> {
  const from = dirname(path);
  const pathTo = (file: string) =>
    relative(from, join(dist, file))
      .replaceAll(sep, "/")
      .replace(/^(?!\.)/, "./");
  const text = module
    // In their place, and not before everything else: a module before them says what to do if they are not installed.
    .replaceAll(/^import (.+) from ("@pulumi\/.+");$/gm, (_, names: string, from: string) => {
      const pattern = names.replace("* as ", "").replaceAll(" as ", ": ");
      return `const ${pattern} = nodeRequire(${from});`;
    })
    // `import("jose")` stays: jose is an ES module.
    .replaceAll(/\bimport\(("dist:[^"]+")\)/g, "Promise.resolve().then(() => nodeRequire($1))")
    .replaceAll(/"dist:([^"]+)"/g, (_, file: string) => JSON.stringify(pathTo(file)));
  const { code, map } = await transform(text, {
    ...{ format: "cjs", platform: common.platform, target: common.target, banner: '"use strict";' },
    ...{ sourcemap: "external", sourcesContent: false, sourcefile: basename(path) },
  });
  mkdirSync(from, { recursive: true });
  const link = `//# sourceMappingURL=${basename(path)}.map\n`;
  writeFileSync(path, code.replaceAll(/\bnodeRequire\b/g, "require") + link);
  writeFileSync(`${path}.map`, map);
}

/** Adds the declaration files that a compiler reads for one of them. */
function addDeclarations(file: string, found: Set<string>): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
    const path = join(dirname(file), fileName.replace(/\.[jt]s$/, ""));
    if (fileName.startsWith("."))
      addDeclarations(existsSync(`${path}.d.ts`) ? `${path}.d.ts` : join(path, "index.d.ts"), found);
  }
  return found;
}

/** The licenses of all packages that are in the bundles. */
function licenses(metafiles: readonly Metafile[]): string {
  const files = metafiles.flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)));
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const parts = [...new Set(folders)].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
      readonly name: string;
      readonly version: string;
      readonly license: string;
    };
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no file with its license, so the package cannot contain it`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
  });
  const head = "This package contains the following software.\n";
  return [head, ...parts.sort()].join(`\n${"-".repeat(80)}\n\n`);
}

/** The native provider: one file with everything in it, because it need not be in the folder of any program. */
async function bundleNative(): Promise<void> {
  const folder = join(root, "plugin");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const { metafile } = await build({
    ...common,
    ...withoutFormData,
    external: [],
    entryPoints: [join(root, "native", "main.ts")],
    outfile: join(folder, "provider.js"),
    format: "cjs",
    minify: true,
    keepNames: true,
    legalComments: "none",
    metafile: true,
  });
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), licenses([metafile]));
  const copy = (file: string, name = basename(file)) => copyFileSync(join(root, file), join(folder, name));
  copy("LICENSE");
  copy("native/schema.json");
  copy("native/launch.sh", launcher);
  copy("native/launch.cmd", `${launcher}.cmd`);
  chmodSync(join(folder, launcher), 0o755);
}

rmSync(join(dist, "chunks"), { recursive: true, force: true });
const named = (modules: readonly string[]) => modules.map((module) => ({ in: `${module}.ts`, out: module }));
const contents = await Promise.all([
  bundle(named(runtime)),
  bundle(named([...entries, ...later])),
  bundle([{ in: "got", out: "got" }], withoutFormData),
]);
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licenses(contents));

await bundleNative();

const receivers = ["webhook/index", "webhook/testing/index"];
const declared = [
  ...[...runtime, ...receivers, "provider/index", "local/index", "policies/index"],
  ...receivers.map((module) => `esm/${module}`),
];
const needed = declared.reduce(
  (found, module) => addDeclarations(join(dist, `${module}.d.ts`), found),
  new Set<string>(),
);
for (const file of globSync("**/*.d.ts", { cwd: dist })) if (!needed.has(join(dist, file))) rmSync(join(dist, file));

await build({
  ...common,
  // gap.ts is a program, too: it must be the main module only if it is started itself.
  external: [...common.external, "./gap"],
  entryPoints: programs.map((program) => ({ in: `${program}.ts`, out: basename(program) })),
  outdir: join(dist, "repository"),
  format: "cjs",
});
