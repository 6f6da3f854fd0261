import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { triedIn, writeAttempts } from "../support/attempts";
import { recorded } from "../support/webhook";

// The built module in every environment: without anything of Node, and in Node with `import` and with `require`.

const root = join(__dirname, "..", "..");
const run = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: join(root, "examples"), encoding: "utf8", maxBuffer: 2 ** 26 }).trim();

const temporary = mkdtempSync(join(tmpdir(), "webhook-runtimes-"));
const attempts = join(temporary, "attempts.json");
let counts: { taken: number; refused: number };
beforeAll(async () => {
  counts = await writeAttempts(attempts);
});
afterAll(() => rmSync(temporary, { recursive: true }));

test.each([
  ["an edge runtime", "edge"],
  ["a context with no more than what is named", "bare"],
])(
  "in %s, every recorded delivery is verified and every forgery refused, as many as docs/reliability.md says",
  (_, context) => {
    const edge = join(root, "test", "support", "edge.js");
    const { present, results, tried, joseAtFirst, jose } = JSON.parse(
      run("--experimental-vm-modules", "--no-warnings", edge, context, attempts),
    ) as {
      tried: unknown;
      present: string[];
      results: Record<string, unknown>;
      joseAtFirst: number;
      jose: boolean;
    };
    expect(present).toEqual([]);
    const answerTo = (kind = "") => (kind === "function" ? '{"append_claims":[{"key":"a","value":1}]}' : '{"a":1}');
    const expected = (name: string) => {
      const [kind] = name.split("-");
      return { kind, answer: answerTo(kind), forged: 401 };
    };
    expect(results).toEqual(Object.fromEntries(Object.keys(recorded).map((name) => [name, expected(name)])));
    expect(tried).toEqual({ ...counts, wrong: [] });
    expect(triedIn("Edge runtime (`@edge-runtime/vm`)")).toEqual(counts);
    expect({ joseAtFirst, jose }).toEqual({ joseAtFirst: 0, jose: true });
  },
);

const genuine = JSON.stringify(recorded["request-json"]);
const verifyGenuine = `({ verifyRaw }) => {
  const { body, headers, target, receivedAtUnix } = ${genuine};
  const options = { signingKey: target.signingKey, now: () => new Date(receivedAtUnix * 1000) };
  return verifyRaw(body, headers, options).then(({ kind }) => console.log(kind, loaded.filter((url) => url.includes("node_modules")).length));
}`;
/** Notes every file that is loaded, by `require` or by `import`. */
const noting = `const loaded = [];
  require("node:module").registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });`;

test.each([
  ["import", `import("pulumi-zitadel-actions/webhook").then(${verifyGenuine});`],
  ["require", `(${verifyGenuine})(require("pulumi-zitadel-actions/webhook"));`],
])("in Node by %s, a JSON delivery is verified without any other package", (_, code) => {
  expect(run("-e", `${noting}${code}`)).toBe("request 0");
});

test("by import it is an ES module, by require it is none, and both export the same", () => {
  const names = (from: string) =>
    run(
      "-e",
      `(async () => console.log(Object.keys(${from}).filter((name) => name !== "default" && name !== "module.exports").sort().join()))()`,
    );
  const [esm, cjs] = [
    names(`await import("pulumi-zitadel-actions/webhook")`),
    names(`require("pulumi-zitadel-actions/webhook")`),
  ];
  expect(esm).toBe(cjs);
  expect(esm).toContain("verifyRaw");
  expect(run("-p", `require.resolve("pulumi-zitadel-actions/webhook")`)).toBe(
    join(root, "dist", "webhook", "index.js"),
  );
  expect(
    run("--input-type=module", "-e", `console.log(import.meta.resolve("pulumi-zitadel-actions/webhook"))`),
  ).toMatch(/dist\/esm\/webhook\/index\.js$/);
});

/** Packages that only types come from. */
const types = /^@(?:zitadel\/proto|bufbuild\/protobuf)\b/;

test("the sources import nothing but each other and, when it is needed, jose", () => {
  const folder = join(root, "webhook");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const imported = files.flatMap((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    // As the compiler reads them: the examples in comments import other packages.
    const imports = ts
      .preProcessFile(text)
      .importedFiles.map(({ fileName, pos }) =>
        /\bimport\(["\s]*$/.test(text.slice(0, pos)) ? `${fileName}, later` : fileName,
      );
    return imports.filter((name) => !/^\.\.?\/[\w/-]+\.ts$/.test(name));
  });
  expect([...new Set(imported)].filter((name) => !types.test(name))).toEqual(["jose, later"]);
  // What only types come from is not in what is loaded.
  const loaded = [join(root, "dist", "webhook"), join(root, "dist", "esm", "webhook")].flatMap((dist) =>
    readdirSync(dist, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .map((name) => readFileSync(join(dist, name), "utf8")),
  );
  const code = ts.transpileModule(loaded.join("\n"), { compilerOptions: { removeComments: true } }).outputText;
  expect(code).not.toMatch(/(?:require\(|from |import ?\(?)"[^"]*(?:execution\/vocabulary|@zitadel|@bufbuild)/);
});
