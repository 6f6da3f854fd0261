import { join } from "node:path";
import ts from "typescript";
import { root, type Snippet } from "./documents";

/** As the examples are compiled: a reader's project. */
export const options: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

/** What snippets marked so start from: an ES module, where a request has come in. */
const esModule = { extension: "mts", before: "declare const request: Request; " };

/** What the compiler has against snippets, each a module of its own in the repository; they find the package by its name. */
export function complaints(snippets: readonly Pick<Snippet, "place" | "marks" | "code">[]): string[] {
  const sources = new Map(
    snippets.map(({ place, marks, code }, index) => {
      const { extension, before } = marks.includes("module") ? esModule : { extension: "ts", before: "" };
      return [join(root, "docs", `snippet-${index}.${extension}`), { place, code: before + code }];
    }),
  );
  const host = ts.createCompilerHost(options);
  host.fileExists = (name) => sources.has(name) || ts.sys.fileExists(name);
  host.readFile = (name) => sources.get(name)?.code ?? ts.sys.readFile(name);
  const program = ts.createProgram({ rootNames: [...sources.keys()], options, host });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    if (file === undefined) return message;
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    return `${sources.get(file.fileName)?.place ?? file.fileName}, line ${line}: ${message}`;
  });
}
