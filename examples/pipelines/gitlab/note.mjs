// Shows a preview on the merge request, in one note that each pipeline updates: `node ci/note.mjs FILE EXIT-CODE`.
import { readFile } from "node:fs/promises";
import { env, argv } from "node:process";

const [file, code] = argv.slice(2);
const title = `### Preview of \`${env.STACK}\``;
// A note can have a million characters, but few people read that much. Indented text is shown as it is.
const text = (await readFile(file, "utf8")).slice(0, 60_000).replaceAll(/^/gm, "    ");
const body = `${title}: ${code === "0" ? "success" : "failure"}\n\n${text}\n[All of it](${env.CI_JOB_URL})\n`;

const notes = `${env.CI_API_V4_URL}/projects/${env.CI_PROJECT_ID}/merge_requests/${env.CI_MERGE_REQUEST_IID}/notes`;

async function ask(method, url, content) {
  const headers = { "PRIVATE-TOKEN": env.GITLAB_TOKEN, "Content-Type": "application/json" };
  const response = await fetch(url, { method, headers, body: content && JSON.stringify(content) });
  if (!response.ok) throw new Error(`GitLab answered ${response.status} to ${method} ${url}`);
  return { found: await response.json(), next: response.headers.get("x-next-page") };
}

/** Returns the note of an earlier pipeline, if there is one. */
async function earlier() {
  for (let page = "1"; page;) {
    const { found, next } = await ask("GET", `${notes}?per_page=100&page=${page}`);
    const note = found.find((one) => one.body.startsWith(title));
    if (note) return note;
    page = next;
  }
}

const note = await earlier();
await (note ? ask("PUT", `${notes}/${note.id}`, { body }) : ask("POST", notes, { body }));
