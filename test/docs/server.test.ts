import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startZitadel } from "../../local/zitadel";
import { read, type Snippet, snippets } from "../support/documents";

// Runs the commands of docs/server.md in order. They must print what the page says.

const page = read("docs/server.md");

/** The snippets to run, each with what the page says that it prints. */
function steps(all: readonly Snippet[]): { place: string; code: string; shown: string | undefined }[] {
  return all.flatMap(({ place, code, marks }, index) => {
    if (!marks.includes("server")) return [];
    const next = all[index + 1];
    return [{ place, code, shown: next?.language === "text" ? next.code : undefined }];
  });
}

/** A line of the page as a pattern: `…` is anything, and so are the blanks that a server puts into its JSON. */
function pattern(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replaceAll(" ", "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

/** Whether what was printed is what is shown, line by line. */
function isAsShown(printed: string, shown: string): boolean {
  const lines = printed.replaceAll(" ", "").trim().split("\n");
  const wanted = shown.trim().split("\n");
  return lines.length === wanted.length && wanted.every((line, index) => pattern(line).test(lines[index] ?? ""));
}

test("the commands print what the page shows", async () => {
  const all = steps(snippets(page));
  expect(all.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(8);
  const zitadel = await startZitadel({ allowLoopback: true });
  try {
    const between = "---- next";
    const script = all.map(({ code }) => code).join(`\necho "${between}"\n`);
    const env = { ...process.env, SERVER: zitadel.url, ZITADEL_ACCESS_TOKEN: zitadel.accessToken };
    // A shell whose input is a socket, as this one's is, may read the machine's own bashrc.
    const { stdout, stderr } = await promisify(execFile)("bash", ["--norc", "-euo", "pipefail", "-c", script], { env });
    expect(stderr).toBe("");
    const printed = stdout.split(`${between}\n`);
    const wrong = all.flatMap(({ place, shown = "" }, index) =>
      isAsShown(printed[index] ?? "", shown) ? [] : [`${place}: ${printed[index] ?? "nothing"}`],
    );
    expect(wrong).toEqual([]);
    expect(zitadel.executions().map(({ id }) => id)).toContain("request");
  } finally {
    await zitadel.stop();
  }
});

test.each([
  ["another word", '{"a": 1}', '{"a":2}'],
  ["more lines", '{"a": 1}\n{}', '{"a":1}'],
  ["fewer lines", '{"a": 1}', '{"a":1}\n{}'],
  ["nothing", "", "{}"],
  ["more than is shown", '{"a": 1, "b": 2}', '{"a":1}'],
])("%s is not what is shown", (_what, printed, shown) => {
  expect(isAsShown(printed, shown)).toBe(false);
});

test("blanks do not matter, nor what is left out", () => {
  expect(isAsShown('{"a": 1, "id": "12"}\n', '{"a":1,"id":"…"}')).toBe(true);
  expect(isAsShown('{"a": 1, "b": [{"id": "12"}]}\n', '… "id":"12" …')).toBe(true);
});
