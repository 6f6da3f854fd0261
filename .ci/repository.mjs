// Writes `repository`, `homepage` and `bugs` into package.json, from the GitHub repository that the workflow runs in: links on the
// package's page start there, and npm publishes with provenance only a package that names the repository it was built in.
import { readFileSync, writeFileSync } from "node:fs";

const { GITHUB_SERVER_URL: server = "", GITHUB_REPOSITORY: repository = "" } = process.env;
if (!/^https:\/\/[^/\s]+$/.test(server) || !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
  console.error(
    `Set GITHUB_SERVER_URL (https://github.com) and GITHUB_REPOSITORY (owner/name), as GitHub Actions does. They are "${server}" and "${repository}".`,
  );
  process.exit(1);
}

const file = "package.json";
const url = `${server}/${repository}`;
const manifest = {
  ...JSON.parse(readFileSync(file, "utf8")),
  homepage: `${url}#readme`,
  repository: { type: "git", url: `git+${url}.git` },
  bugs: { url: `${url}/issues` },
};
writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
