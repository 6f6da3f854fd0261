import { relative } from "node:path";
import ts from "typescript";
import { root } from "../support/documents";
import { Editor, type Hover, within } from "../support/editor";
import { entries, type Entry } from "../support/entries";

// Every editor that asks the compiler shows what each public name of this package means, when you rest the pointer on it.

// The compiler reads all of Pulumi's types.
jest.setTimeout(300_000);

/** What has a name of its own and can be pointed at. */
type Named = ts.NamedDeclaration & { readonly name: ts.DeclarationName };

const kinds = [
  ts.isPropertySignature,
  ts.isPropertyDeclaration,
  ts.isMethodSignature,
  ts.isMethodDeclaration,
  ts.isGetAccessorDeclaration,
  ts.isFunctionDeclaration,
  ts.isClassDeclaration,
  ts.isInterfaceDeclaration,
  ts.isTypeAliasDeclaration,
  ts.isVariableDeclaration,
] as const;

function isNamed(node: ts.Node): node is Named {
  return kinds.some((is) => is(node)) && (node as ts.NamedDeclaration).name !== undefined;
}

/** What a program cannot see, and alternatives that are ruled out: `service?: never`. */
function isHidden(node: ts.Node): boolean {
  if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
    return true;
  return (
    (ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)) && node.type?.kind === ts.SyntaxKind.NeverKeyword
  );
}

/** Everything public that is declared by what a declaration file exports. */
function declared(editor: Editor, file: string): Named[] {
  const all = [...editor.exportsOf(file).values()].flatMap((symbol) => symbol.declarations ?? []);
  const ours = all.filter((node) => !relative(root, node.getSourceFile().fileName).includes("node_modules"));
  return ours.flatMap(within).filter((node) => isNamed(node) && !isHidden(node)) as Named[];
}

function placeOf(node: Named): string {
  const owner = ts.findAncestor(node.parent, (one) => ts.isInterfaceDeclaration(one) || ts.isClassDeclaration(one));
  const path = relative(root, node.getSourceFile().fileName);
  const name = node.name.getText();
  return `${path}: ${owner?.name === undefined ? name : `${owner.name.text}.${name}`}`;
}

/** Whether it may be left out of an argument or of options: then one wants to know what is done without it. */
function mayBeLeftOut(node: Named): boolean {
  if (!ts.isPropertySignature(node) || node.questionToken === undefined) return false;
  return ts.isInterfaceDeclaration(node.parent) && /(?:Args|Options)$/.test(node.parent.name.text);
}

/** What an editor does not say, and should. */
function gaps({ text, tags }: Hover, node: Named): string[] {
  const inProse = text.replaceAll(/[^\p{L}]/gu, "").toLowerCase();
  const missing = [
    ...(inProse === "" || inProse === node.name.getText().toLowerCase() ? ["what it means"] : []),
    ...(mayBeLeftOut(node) && (tags.get("default") ?? "") === "" ? ["its default"] : []),
  ];
  return missing.map((what) => `${placeOf(node)}: ${what}`);
}

/** A program that imports everything. */
const importing = (all: readonly Entry[]): string =>
  all.map(({ name }, index) => `import * as entry${index} from "${name}"; void entry${index};`).join("\n");

const all = entries();
const editor = new Editor(
  [
    importing(all),
    ...all.flatMap(({ declarations }) =>
      declarations.map((file) => `import type {} from "${file.replace(/\.d\.ts$/, ".js")}";`),
    ),
  ].join("\n"),
);

test.each(all.flatMap(({ name, declarations }) => declarations.map((file) => [name, relative(root, file), file])))(
  "%s says of everything what it means (%s)",
  (_name, _path, file = "") => {
    const nodes = declared(editor, file);
    expect(nodes.length).toBeGreaterThan(5);
    expect(nodes.flatMap((node) => gaps(editor.hover(node.name), node))).toEqual([]);
  },
);

test("the program that imports everything compiles", () => {
  expect(editor.complaints()).toEqual([]);
});

test("what is not said is found", () => {
  const code = `
    export interface HookArgs {
      a: string;
      /** Name. */
      name: string;
      /** B, long. */
      b?: string;
      c?: never;
    }
    /** C. */
    export interface HookOptions {
      /** D, long. */
      d?: number;
      /**
       * E, long.
       * @default 1
       */
      e?: number;
    }
    export class Hook { private f = 1; g = this.f; }
  `;
  const other = new Editor(code);
  const found = declared(other, other.file).flatMap((node) => gaps(other.hover(node.name), node));
  expect(found.map((gap) => gap.replace("examples/hover.ts: ", ""))).toEqual([
    "HookArgs: what it means",
    "HookArgs.a: what it means",
    "HookArgs.name: what it means",
    "HookArgs.b: its default",
    "HookOptions.d: its default",
    "Hook: what it means",
    "Hook.g: what it means",
  ]);
});
