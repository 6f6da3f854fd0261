// Writes what Pulumi downloads of a release: an archive of `plugin/` for each platform, its checksums, and the schema that leads there.
//
//   node build/archives.mts FOLDER URL
//
// URL is where the files of the release will be.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const root = join(import.meta.dirname, "..");
const plugin = join(root, "plugin");
const launcher = "pulumi-resource-zitadel-actions";

/** What each system starts. Everything else is the same everywhere. */
const launchers = { linux: launcher, darwin: launcher, windows: `${launcher}.cmd` } as const;
const architectures = ["amd64", "arm64"];

const [folder, pluginDownloadURL] = process.argv.slice(2);
if (folder === undefined || pluginDownloadURL === undefined)
  throw new Error("Usage: node build/archives.mts FOLDER URL");

const read = (file: string) =>
  JSON.parse(readFileSync(join(root, file), "utf8")) as Readonly<Record<string, unknown>> & { version: string };
const { version } = read("package.json");
const schema = read("plugin/schema.json");
if (schema.version !== version)
  throw new Error(
    `plugin/schema.json has version ${schema.version}, and package.json ${version}: run \`npm run docs\``,
  );
const schemaText = `${JSON.stringify({ ...schema, pluginDownloadURL }, undefined, 2)}\n`;

/** The files of the plugin for a system. The same files make the same archive. */
function archive(started: string): Buffer {
  const staged = mkdtempSync(join(tmpdir(), "plugin-"));
  try {
    const others = Object.values<string>(launchers).filter((file) => file !== started);
    for (const file of readdirSync(plugin)) if (!others.includes(file)) cpSync(join(plugin, file), join(staged, file));
    writeFileSync(join(staged, "schema.json"), schemaText);
    const same = ["--format=ustar", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rw,go+r,go-w"];
    const args = ["--create", ...same, "--directory", staged, ...readdirSync(staged).sort()];
    return gzipSync(execFileSync("tar", args, { maxBuffer: 2 ** 26 }), { level: 9 });
  } finally {
    rmSync(staged, { recursive: true });
  }
}

mkdirSync(folder, { recursive: true });
const checksums: string[] = [];
for (const [system, started] of Object.entries(launchers)) {
  const bytes = archive(started);
  for (const architecture of architectures) {
    const name = `${launcher}-v${version}-${system}-${architecture}.tar.gz`;
    writeFileSync(join(folder, name), bytes);
    checksums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
  }
}
writeFileSync(join(folder, "checksums.txt"), checksums.join(""));
writeFileSync(join(folder, "schema.json"), schemaText);
