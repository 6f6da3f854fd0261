import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { deadLinks, find, read } from "../support/documents";
import { openPlace, type Place } from "../support/installed";

// For users who have only the package: every relative link in its documents leads to a file in the package.

jest.setTimeout(120_000);

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.remove());

test("every link of every document in the package leads to something in the package, headings included", async () => {
  const folder = await place.newFolder();
  await promisify(execFile)("tar", ["-xzf", place.tarball, "-C", folder]);
  const unpacked = join(folder, "package");
  const names = readdirSync(unpacked, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  const documents = names.map((name) => read(name, unpacked));
  expect(names).toEqual(expect.arrayContaining(["README.md", "docs/server.md", "examples/quickstart/README.md"]));
  expect(deadLinks(documents, (path) => find(path, unpacked))).toEqual([]);
});
