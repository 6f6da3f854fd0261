import fc from "fast-check";
import ts from "typescript";
import { resourceNames, variableNames } from "../../cli/export/names";

test.each([
  ["My hook!", "myHook", "my-hook"],
  ["audit", "audit", "audit"],
  ["audit_log.v2", "auditLogV2", "audit_log.v2"],
  ["HTTPHook forUsers", "httpHookForUsers", "http-hook-for-users"],
  ["Zoë's Prüfung", "zoesPrufung", "zoes-prufung"],
  ["3rd party", "target3rdParty", "3rd-party"],
  ["class", "class2", "class"],
  ["exports", "exports2", "exports"],
  ["Zitadel target", "zitadelTarget", "zitadel-target"],
  ["審査 🚀", "target", "target"],
  ["x".repeat(70), "x".repeat(36), "x".repeat(60)],
])("%s is %s and %s", (text, variable, resource) => {
  expect(variableNames()(text, "target")).toBe(variable);
  expect(resourceNames()(text, "target")).toBe(resource);
});

test("what is named alike is counted, and what came first keeps its name", () => {
  const variable = variableNames();
  const resource = resourceNames();
  const texts = ["hook", "hook!", "Hook", "hook 2", "hook?"];
  expect(texts.map((text) => variable(text, "target"))).toEqual(["hook", "hook2", "hook3", "hook22", "hook4"]);
  expect(texts.map((text) => resource(text, "target"))).toEqual(["hook", "hook-2", "Hook", "hook-2-2", "hook-3"]);
});

test("whatever the texts, every variable is an identifier that a module may declare, and no name is given twice", () => {
  const words = fc.constantFrom(
    "class",
    "await",
    "let",
    "package",
    "exports",
    "require",
    "undefined",
    "hook",
    "Hook 2",
  );
  const text = fc.oneof(words, fc.string({ unit: "grapheme", maxLength: 60 }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
      const [variable, resource] = [variableNames(), resourceNames()];
      const variables = texts.map((one) => variable(one, "target"));
      const resources = texts.map((one) => resource(one, "target"));
      expect(new Set(variables).size).toBe(texts.length);
      expect(new Set(resources).size).toBe(texts.length);
      for (const name of resources) expect(name).toMatch(/^[\w.-]{1,64}$/);
      for (const name of variables) expect(name).toMatch(/^[a-z][A-Za-z\d]{0,39}$/);
      const program = `import "x";\n${variables.map((name) => `const ${name} = 1;`).join("\n")}`;
      expect(ts.transpileModule(program, { reportDiagnostics: true }).diagnostics).toEqual([]);
      const loaded = ts.transpile(program.replace('import "x";', "export {};"), { module: ts.ModuleKind.CommonJS });
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- declares each as a CommonJS module would
      expect(() => new Function("exports", "require", "module", "__filename", "__dirname", loaded)).not.toThrow();
    }),
    { numRuns: 200 },
  );
});
