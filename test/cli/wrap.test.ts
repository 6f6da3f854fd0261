import { wrap } from "../../cli/wrap";
import { cli } from "../support/cli";

// What people read on a terminal wraps at its width; what goes into a file or a pipe does not.

test("a long line wraps at word boundaries, and what continues it is indented under it", () => {
  expect(wrap("  What to do: run it again, then look.\nshort", 20)).toBe(
    "  What to do: run it\n    again, then\n    look.\nshort",
  );
});

test("a word that is wider than the terminal stays whole, and colours take no room", () => {
  expect(wrap("see https://example.com/a/very/long/path for more", 20)).toBe(
    "see\n  https://example.com/a/very/long/path\n  for more",
  );
  const coloured = "\u001b[31mnote:\u001b[39m twelve more";
  expect(wrap(coloured, 17)).toBe(coloured);
});

test("nothing is lost, whatever the width", () => {
  const text = "  - one two  three four five six seven eight nine ten";
  for (let width = 1; width < 60; width++)
    expect(wrap(text, width).split(/\s+/).filter(Boolean)).toEqual(text.split(/\s+/).filter(Boolean));
});

test("an error wraps on a terminal only", async () => {
  const args = ["doctor", "/nowhere/there-is-no-such-file.json"];
  const narrow = await cli(args, { isTerminal: { messages: true }, columns: 30, env: { TERM: "dumb" } });
  const lines = narrow.stderr.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.filter((line) => line.length > 30 && line.trim().includes(" "))).toEqual([]);
  const piped = await cli(args, { columns: 30 });
  expect(piped.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(piped.stderr.trim());
});
