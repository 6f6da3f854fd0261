import ts from "typescript";
import { readRefusal } from "../../provider/api/errors";
import { type Document, prose, read } from "../support/documents";

// docs/troubleshooting.md has each code of `ErrorCode` exactly once and no other, and each of ZITADEL's ids that decides a code.
// docs/webhook.md has each code of `WebhookErrorCode`.

/** The members of a union of texts, as the source declares it. */
function membersOf(source: Document, union: string): string[] {
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest);
  const alias = file.statements.find((one) => ts.isTypeAliasDeclaration(one) && one.name.text === union);
  if (alias === undefined || !ts.isTypeAliasDeclaration(alias) || !ts.isUnionTypeNode(alias.type)) return [];
  return alias.type.types.flatMap((type) =>
    ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? [type.literal.text] : [],
  );
}

/** The codes that have a section of their own. */
function explained(page: Document): string[] {
  const [, codes = ""] = /^## Codes\n([\s\S]*?)^## /m.exec(prose(page)) ?? [];
  return [...codes.matchAll(/^### `(\w+)`\n+(?!#)\S/gm)].map(([, code = ""]) => code);
}

const page = read("docs/troubleshooting.md");
const codes = membersOf(read("provider/api/errors.ts"), "ErrorCode");

test("every code has exactly one section, and there are no other sections", () => {
  expect(codes).toHaveLength(new Set(codes).size);
  expect(codes).toContain("condition_taken");
  expect(explained(page).sort()).toEqual([...codes].sort());
});

test.each([
  ["left out", (text: string) => text.replace("### `forbidden`", "")],
  ["there twice", (text: string) => text.replace("### `forbidden`", "### `no_membership`")],
  ["misspelt", (text: string) => text.replace("### `forbidden`", "### `forbiden`")],
  ["without a word", (text: string) => text.replace(/(### `forbidden`)\n+[^#]+/, "$1\n\n")],
])("a code that is %s is found", (_how, change) => {
  const text = change(page.text);
  expect(text).not.toBe(page.text);
  expect(explained({ ...page, text }).sort()).not.toEqual([...codes].sort());
});

test("the codes come from the union alone", () => {
  const source = { path: "a.ts", text: 'type Other = "x" | "y"; export type ErrorCode = | "a" | "b"; const c = "d";' };
  expect(membersOf(source, "ErrorCode")).toEqual(["a", "b"]);
});

describe("docs/webhook.md", () => {
  const receiving = read("docs/webhook.md");
  const ofReceivers = membersOf(read("webhook/errors.ts"), "WebhookErrorCode");

  /** The codes in the first column of the table that says why. */
  function listed(document: Document): string[] {
    const [, section = ""] = /^## Why a signature fails[^\n]*\n([\s\S]*?)^## /m.exec(prose(document)) ?? [];
    const cells = [...section.matchAll(/^\| (.+?) +\| +\S/gm)].map(([, cell = ""]) => cell);
    return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code));
  }

  test("has every code of a receiver once, and no other", () => {
    expect(ofReceivers).toContain("answer_invalid");
    expect(listed(receiving).sort()).toEqual([...ofReceivers].sort());
  });

  test.each([
    ["left out", (text: string) => text.replace(/^\| `replayed`.*\n/m, "")],
    ["there twice", (text: string) => text.replace("| `replayed` ", "| `replayed`, `settings` ")],
    ["misspelt", (text: string) => text.replace("| `replayed` ", "| `replaid` ")],
  ])("a code that is %s is found", (_how, change) => {
    const text = change(receiving.text);
    expect(text).not.toBe(receiving.text);
    expect(listed({ ...receiving, text }).sort()).not.toEqual([...ofReceivers].sort());
  });

  test("is where troubleshooting leads to for them", () => {
    expect(page.text).toContain("](webhook.md#why-a-signature-fails-and-how-to-find-out)");
  });
});

describe("the table of what is in a message", () => {
  const rows = [...prose(page).matchAll(/^\| (.+?) +\| \[`(\w+)`\]\(#\2\) +\|$/gm)];

  test("leads to every code once", () => {
    expect(rows.map(([, , code]) => code).sort()).toEqual([...codes].sort());
  });

  test("has the ids that the code decides by, each beside what it decides", () => {
    const named = rows.flatMap(([, what = "", code = ""]) =>
      [...what.matchAll(/`([\w-]+)`/g)].map(([, id = ""]) => [id, code]),
    );
    const decided = named.map(([id = ""]) => [id, codeOf(id)]);
    expect(named).toEqual(decided);
    const [, ids = ""] = /codeOfErrorId = byMember\(\{([\s\S]*?)\}\);/.exec(read("provider/api/errors.ts").text) ?? [];
    // All that begin with EXEC- mean one thing.
    const listed = named.map(([id = ""]) => id).filter((id) => !id.startsWith("EXEC-"));
    expect(listed.sort()).toEqual([...ids.matchAll(/"([\w-]+)"/g)].map(([, id]) => id).sort());
  });

  function codeOf(id: string): string {
    return readRefusal(404, { message: "No", details: [{ id }] }, (text) => text).code;
  }
});
