import { anchors, deadLinks, type Document, examplePages, find, pages, prose, read } from "../support/documents";

// Every link inside the repository leads to something that exists, headings included.

const documents = [
  ...["README.md", "CONTRIBUTING.md", "bench/README.md"].map((path) => read(path)),
  ...pages(),
  ...examplePages(),
];

test("every link in a document leads to something that exists", () => {
  expect(deadLinks(documents, (path) => find(path))).toEqual([]);
});

test("every file of the repository that a page names is there", () => {
  const named = [...documents, read("CHANGELOG.md")].flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:test|provider|local|bench)\/[\w./-]+\.\w+)`/g)].map(([, file = ""]) => [path, file]),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, file = ""]) => find(file) === undefined)).toEqual([]);
});

test("the README leads to every page", () => {
  const { text } = read("README.md");
  const names = pages().map(({ path }) => path);
  expect(names.length).toBeGreaterThan(9);
  expect(names.filter((path) => !text.includes(`](${path})`))).toEqual([]);
});

describe("a link is dead", () => {
  const page = (text: string): Document => ({ path: "docs/page.md", text });
  const other: Document = { path: "docs/other.md", text: "# One\n\n## `two_three`, and four!\n\n## One\n" };
  const dead = (text: string) =>
    deadLinks([page(text)], (path) => (path === "docs/other.md" ? other : path === "test" ? "folder" : undefined));

  test.each([
    ["a file that is not there", "[x](missing.md)"],
    ["a heading that is not there", "[x](other.md#two)"],
    ["a heading of its own that is not there", "# Here\n\n[x](#there)"],
    ["a heading of a folder", "[x](../test#one)"],
    ["a heading between fences", "```sh\n# comment\n```\n\n[x](#comment)"],
  ])("to %s", (_what, text) => {
    expect(dead(text)).toEqual([expect.stringMatching(/^docs\/page\.md: /)]);
  });

  test.each([
    ["another place", "[x](https://example.com/missing.md)"],
    ["a file that is there", "[x](other.md), [y](../test)"],
    ["its headings", "[x](other.md#two_three-and-four) [y](other.md#one) [z](other.md#one-1)"],
    ["what stands between fences", "```md\n[x](missing.md)\n```"],
  ])("but not to %s", (_what, text) => {
    expect(dead(text)).toEqual([]);
  });
});

test("headings get the names that GitHub gives them", () => {
  const text = "# What happens?\n\n## The *kind*, or `kind`\n\n### [Link](x.md) – to\n\n## 20 s\n";
  expect(anchors({ path: "x.md", text })).toEqual(["what-happens", "the-kind-or-kind", "link--to", "20-s"]);
  expect(prose({ path: "x.md", text: "a\n```sh\nb\n```\nc" })).toBe("a\n\nc");
});
