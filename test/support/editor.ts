import { join } from "node:path";
import ts from "typescript";
import { options } from "./compiled";
import { root } from "./documents";

/** What an editor shows where the pointer rests: the text, and beneath it the tags. */
export interface Hover {
  readonly text: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** The parsed files, which all programs share. */
const parsed = ts.createDocumentRegistry();
let opened = 0;

/** A program as an editor has it open, with the language service that answers editors. It finds the package by its name. */
export class Editor {
  readonly file = join(root, "examples", "hover.ts");
  private readonly service: ts.LanguageService;

  constructor(code: string) {
    const { file } = this;
    const version = String(++opened);
    const readFile = (name: string) => (name === file ? code : ts.sys.readFile(name));
    const host: ts.LanguageServiceHost = {
      getScriptFileNames: () => [file],
      getScriptVersion: (name) => (name === file ? version : "0"),
      getScriptSnapshot: (name) => {
        const text = readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getCompilationSettings: () => options,
      getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
      fileExists: (name) => name === file || ts.sys.fileExists(name),
      readFile,
    };
    this.service = ts.createLanguageService(host, parsed);
  }

  get program(): ts.Program {
    const program = this.service.getProgram();
    if (program === undefined) throw new Error("the language service has no program");
    return program;
  }

  get source(): ts.SourceFile {
    return this.sourceOf(this.file);
  }

  /** What is wrong with the program, in words. */
  complaints(): string[] {
    const found = [
      ...this.service.getSyntacticDiagnostics(this.file),
      ...this.service.getSemanticDiagnostics(this.file),
    ];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
  }

  hover(node: ts.Node): Hover {
    const info = this.service.getQuickInfoAtPosition(node.getSourceFile().fileName, node.getStart());
    const tags = (info?.tags ?? []).map(({ name, text }) => [name, ts.displayPartsToString(text)] as const);
    return { text: ts.displayPartsToString(info?.documentation), tags: new Map(tags) };
  }

  /** The words that the editor offers at a position in the code. */
  completions(position: number): string[] {
    const found = this.service.getCompletionsAtPosition(this.file, position, {});
    return (found?.entries ?? []).map(({ name }) => name);
  }

  /** What a declaration file exports, by name; what is only handed on is followed to where it is declared. */
  exportsOf(file: string): ReadonlyMap<string, ts.Symbol> {
    const checker = this.program.getTypeChecker();
    const module = checker.getSymbolAtLocation(this.sourceOf(file));
    if (module === undefined) throw new Error(`${file} is no module`);
    return new Map(
      checker
        .getExportsOfModule(module)
        .map((one) => [one.name, one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one]),
    );
  }

  private sourceOf(file: string): ts.SourceFile {
    const source = this.program.getSourceFile(file);
    if (source === undefined) throw new Error(`the program does not read ${file}`);
    return source;
  }
}

/** Every node within a node, itself included. */
export function within(node: ts.Node): ts.Node[] {
  const found = [node];
  node.forEachChild((child) => void found.push(...within(child)));
  return found;
}
