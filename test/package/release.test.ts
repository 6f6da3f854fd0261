import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/documents";
import { openReleases, type Releases } from "../support/pipelines/release";

// Runs the steps of .github/workflows/release.yml. npm only tries to publish, to a server that is not a registry.

// It builds the package, and installs it from the registry.
jest.setTimeout(600_000);

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const [, section = ""] =
  /^## [^\n]*\n([^]*?)(?=^## |$(?![^]))/m.exec(readFileSync(join(root, "CHANGELOG.md"), "utf8")) ?? [];

let releases: Releases;
beforeAll(async () => {
  releases = await openReleases();
});
afterAll(() => releases.close());

const agree = "Tag, version and changelog agree";

test.each([
  [
    "a tag of another version",
    "v9.9.9",
    `## ${version} (2026-11-30)`,
    `The tag is v9.9.9, and package.json has version ${version}.`,
  ],
  ["a tag without a v", version, `## ${version} (2026-11-30)`, `The tag is ${version}, and`],
  ["a changelog that says unreleased", `v${version}`, `## ${version} (unreleased)`, 'CHANGELOG.md begins with "'],
  ["a changelog of another version", `v${version}`, "## 9.9.9 (2026-11-30)", 'CHANGELOG.md begins with "## 9.9.9'],
])("%s stops it before anything is packed", async (_what, tag, heading, said) => {
  const { outcome, steps } = await releases.run("pack", tag, heading);
  expect([outcome, steps["Pack"]?.outcome, steps["actions/upload-artifact"]?.outcome]).toEqual([
    "failure",
    "skipped",
    "skipped",
  ]);
  expect(steps[agree]?.log).toContain(`::error::${said}`);
});

test("it is packed, tried, published with provenance, and told of with its part of the changelog", async () => {
  const heading = `## ${version} (2026-11-30)`;
  const packed = await releases.run("pack", `v${version}`, heading);
  expect(packed).toMatchObject({ outcome: "success" });
  expect(packed.steps["Try what was packed"]?.log).toContain("Usage: npx pulumi-zitadel-actions <command>");

  const { outcome, steps } = await releases.run("publish", `v${version}`, heading);
  expect({ outcome, log: steps["Publish"]?.log }).toMatchObject({ outcome: "success" });
  const tarball = `pulumi-zitadel-actions-${version}.tgz`;
  expect(readdirSync(releases.workspace)).toEqual(["release"]);
  const archives = ["darwin", "linux", "windows"].flatMap((system) =>
    ["amd64", "arm64"].map((one) => `pulumi-resource-zitadel-actions-v${version}-${system}-${one}.tar.gz`),
  );
  const files = ["checksums.txt", "notes.md", tarball, ...archives, "schema.json"];
  expect(readdirSync(join(releases.workspace, "release"))).toEqual(files.sort());
  const schema = readFileSync(join(releases.workspace, "release", "schema.json"), "utf8");
  expect(JSON.parse(schema)).toMatchObject({
    version,
    pluginDownloadURL: `https://github.example.com/example/actions/releases/download/v${version}`,
  });
  expect(steps["Publish"]?.log).toContain(`+ pulumi-zitadel-actions@${version}`);
  expect(releases.asked.filter((request) => !request.startsWith("GET "))).toEqual([]);
  const args = ["-xzOf", join(releases.workspace, "release", tarball), "package/package.json"];
  expect(JSON.parse(execFileSync("tar", args, { encoding: "utf8" }))).toMatchObject({
    name: "pulumi-zitadel-actions",
    repository: { type: "git", url: "git+https://github.example.com/example/actions.git" },
    homepage: "https://github.example.com/example/actions#readme",
    bugs: { url: "https://github.example.com/example/actions/issues" },
  });
  const [release] = releases.there().releases;
  expect(release).toMatchObject({ tag: `v${version}`, title: `v${version}`, files: Array(9).fill(expect.any(Number)) });
  expect(release?.notes.trim()).toBe(section.trim());
  expect(section).toMatch(/^\n- /);
});
