import { format } from "prettier";
import ts from "typescript";

/** A resource that an exported program declares. Ids of other resources stand as `{ id: <name of the resource> }`. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
}

/** What Prettier's defaults make of a program. */
export function formatted(text: string): Promise<string> {
  return format(text, { parser: "typescript" });
}

/** Runs an exported program with mocks of the package's classes, and returns what it declares. */
export function declaredBy(text: string): Declared[] {
  const declared: Declared[] = [];
  const classOf = (type: string) =>
    class {
      readonly id: { readonly id: string };
      readonly resource: string;
      constructor(name: string, args: Record<string, unknown>, { dependsOn = [] }: { dependsOn?: unknown } = {}) {
        this.id = { id: `${type} ${name}` };
        this.resource = name;
        declared.push({ type, name, args, dependsOn: [dependsOn].flat().map((one) => (one as typeof this).resource) });
      }
    };
  const imported = (from: string): Record<string, unknown> => {
    expect(from).toBe("pulumi-zitadel-actions");
    const names = ["ZitadelTarget", "ZitadelExecution", "ZitadelTargetPublicKey"];
    return Object.fromEntries(names.map((name) => [name, classOf(name)]));
  };
  const { outputText, diagnostics } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    reportDiagnostics: true,
  });
  expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the very text that is tested
  new Function("require", "exports", "module", "__filename", "__dirname", outputText)(imported, {}, {}, "", "");
  return declared;
}

/** What the compiler says of a program in the place of a file that it finds the package from. */
export function complaints(text: string, file: string): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noUnusedLocals: true,
    exactOptionalPropertyTypes: true,
    module: ts.ModuleKind.Node20,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    getSourceFile: (name, ...rest) =>
      name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : disk.getSourceFile(name, ...rest),
  };
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
