import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { commands } from "../../cli/run";
import { startZitadel } from "../../local/zitadel";
import { problems } from "../../cli/doctor/problems";
import { appendClaims } from "../../webhook";
import { createSender } from "../../webhook/testing";
import { built, spawned } from "../support/cli";
import { creating, entry, settingsFor, stackExport } from "../support/doctor";
import { prose, read, root, type Snippet, snippets } from "../support/documents";
import { rsa } from "../support/pairs";
import { type Folder, openFolder } from "../support/verify";
import { key, recording } from "../support/webhook";
import { webhook } from "../support/world";

// docs/commands.md has the help of each command, and the output of its examples.

const page = read("docs/commands.md");
const all = snippets(page);

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.remove());

/** The snippets of the section of a command. */
function sectionOf(name: string): Snippet[] {
  const [, text = ""] = new RegExp(`^## ${name}\\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, "m").exec(page.text) ?? [];
  return snippets({ path: name, text });
}

test("there is a section for each command, in the order of the help, and a row of the table that leads to it", () => {
  const names = Object.keys(commands);
  const sections = [...prose(page).matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  const rows = [...prose(page).matchAll(/^\| \[`(\w+)`\]\(#\1\)/gm)].map(([, name]) => name);
  expect({ sections, rows }).toEqual({ sections: names, rows: names });
});

test.each(Object.entries(commands))("the section of %s begins with its help", (name, { help }) => {
  expect(sectionOf(name)[0]).toMatchObject({ language: "text", code: `${help}\n` });
});

test("the table of exit codes has those that each command says that it has", () => {
  const names = Object.keys(commands);
  const heading = /^\| exit code +\| meaning +\|(.*)\|$/m.exec(page.text)?.[1] ?? "";
  expect([...heading.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(names);
  const rows = [...page.text.matchAll(/^\| (\d) +\| [^|]+\|(.*)\|$/gm)];
  const codesOf = (index: number) =>
    rows.filter(([, , cells = ""]) => cells.split("|")[index]?.trim() !== "–").map(([, code]) => code);
  names.forEach((name, index) => {
    const [, said = ""] = /\nExit code: ([\s\S]*)$/.exec(commands[name]?.help ?? "") ?? [];
    expect(codesOf(index)).toEqual([...said.matchAll(/\d/g)].map(([code]) => code).toSorted());
  });
});

test("every problem that doctor finds is named", () => {
  const [, listed = ""] = /has a `problem` \(one of ([^)]*)\)/.exec(page.text) ?? [];
  expect([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(Object.keys(problems));
});

/** The example of a command, and what it prints when it runs in a folder of files. */
async function example(name: string, env: Readonly<Record<string, string>>, changed = (line: string) => line) {
  const index = sectionOf(name).findIndex(({ language }) => language === "sh");
  const [command, shown] = sectionOf(name).slice(index, index + 2);
  expect([command?.language, shown?.language]).toEqual(["sh", "text"]);
  const line = changed(command?.code ?? "").replace("npx pulumi-zitadel-actions", '"$NODE" "$COMMAND"');
  const { stdout } = await spawned(["sh", "-c", `cd "$FOLDER" && exec 2>&1; ${line}`], {
    NODE: process.execPath,
    COMMAND: join(__dirname, "..", "..", "dist", "cli", "main.js"),
    FOLDER: folder.path,
    ...env,
  });
  return { shown: shown?.code ?? "", printed: stdout };
}

/** Without what is another one each time: ids, dates and the address. */
function alike(text: string): string {
  return text
    .replaceAll(/https?:\/\/(?:localhost:\d+|my-instance\.zitadel\.cloud)/g, "<instance>")
    .replaceAll(/\b\d{18}\b/g, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<date>");
}

test("the example of export", async () => {
  const zitadel = await startZitadel();
  try {
    const ids = ["audit", "claims"].map((name) => zitadel.add({ ...webhook, name }).id);
    zitadel.setExecution({ event: { group: "user.human" } }, ids);
    const { shown, printed } = await example("export", settingsFor(zitadel));
    expect(alike(printed)).toBe(alike(shown));
  } finally {
    await zitadel.stop();
  }
});

test("the example of doctor", async () => {
  const zitadel = await startZitadel();
  try {
    const { id } = zitadel.add({ ...webhook, name: "audit" });
    zitadel.add({ ...webhook, name: "claims-1a2b3c4" });
    zitadel.add({ ...webhook, name: "by-hand" });
    const state = stackExport(
      [entry("Target", "audit", id)],
      [creating("Target", "claims", { name: "claims-1a2b3c4" })],
    );
    await folder.file("stack.json", state);
    const { shown, printed } = await example("doctor", settingsFor(zitadel));
    expect(alike(printed)).toBe(alike(shown));
  } finally {
    await zitadel.stop();
  }
});

test("the example of verify", async () => {
  const { headers, body, target } = recording("request-json");
  const head = ["POST /zitadel HTTP/1.1", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  await folder.file("request.txt", `${head.join("\r\n")}\r\n\r\n${body}\n`);
  const { shown, printed } = await example("verify", { ZITADEL_SIGNING_KEY: target.signingKey });
  expect(printed).toBe(shown);
});

test("the example of send", async () => {
  // A receiver without this package, which would not send such an answer.
  const answer = JSON.stringify(appendClaims({ team: "blue", sub: "ada" }));
  const server = createServer((request, response) => void request.resume().on("end", () => response.end(answer)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const env = { ZITADEL_SIGNING_KEY: key, PORT: String(port) };
    const { shown, printed } = await example("send", env, (line) => line.replace("localhost:3000", "localhost:$PORT"));
    const timeless = (text: string) => alike(text).replace(/after \d+ ms/, "after some ms");
    expect(timeless(printed)).toBe(timeless(shown));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("the example of send with a JWE, word by word but for the ports and the installed package", async () => {
  const section = sectionOf("send");
  const from = section.findIndex(({ code }) => code.includes("openssl"));
  const [keys, program, command, shown] = section.slice(from);
  expect([keys, program, command, shown].map((one) => one?.language)).toEqual(["sh", "ts", "sh", "text"]);
  const [receiverPort, keysPort] = [await freePort(), await freePort()];
  const here = (text = "") =>
    text
      .replaceAll("3000", String(receiverPort))
      .replaceAll("8081", String(keysPort))
      .replace('"pulumi-zitadel-actions/webhook"', JSON.stringify(join(root, "dist", "esm", "webhook", "index.js")))
      .replace("npx pulumi-zitadel-actions", '"$NODE" "$COMMAND"');
  await folder.file("receiver.mjs", here(program?.code));
  const script = `cd "$FOLDER"; exec 2>&1; ${keys?.code}
"$NODE" receiver.mjs & receiver=$!
until "$NODE" -e 'require("node:net").connect(process.argv[1], "localhost").on("error", () => process.exit(1)).on("connect", () => process.exit(0))' ${receiverPort}; do sleep 0.1; done
${here(command?.code)}
kill $receiver`;
  const { stdout } = await spawned(["sh", "-c", script], {
    NODE: process.execPath,
    COMMAND: join(root, "dist", "cli", "main.js"),
    FOLDER: folder.path,
    PATH: process.env["PATH"] ?? "",
  });
  const timeless = (text: string) =>
    text.replace(/after \d+ ms/, "after some ms").replace(/JWE, \d+ bytes/, "JWE, some bytes");
  expect(timeless(stdout)).toContain(timeless(here(shown?.code)));
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("the recording on the page verifies without a change", async () => {
  const [json] = all.filter(({ language }) => language === "json");
  const file = await folder.file("delivery.json", json?.code ?? "");
  const { code = "" } =
    all.find(({ language, code }) => language === "sh" && /KEY=[^]*verify delivery\.json$/m.test(code)) ?? {};
  const [, ZITADEL_SIGNING_KEY = ""] = /ZITADEL_SIGNING_KEY=(\S+)\n/.exec(code) ?? [];
  expect(await built(["verify", file], { ZITADEL_SIGNING_KEY })).toMatchObject({ code: 0, stderr: "" });
});

test("the code that writes the public half of an instance's key writes it as verify reads it", async () => {
  const [module] = all.filter(({ language, code }) => language === "ts" && code.includes("jwks.json"));
  const testing = pathToFileURL(join(root, "dist", "esm", "webhook", "testing", "index.js")).href;
  await folder.file("jwks.mjs", (module?.code ?? "").replace("pulumi-zitadel-actions/webhook/testing", testing));
  const privateKey = rsa(2048).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await folder.file("instance.pem", privateKey);
  execFileSync(process.execPath, ["jwks.mjs"], { cwd: folder.path });
  const instanceKey = { kid: "my-instance-key", privateKey };
  const sender = await createSender({ payloadType: "PAYLOAD_TYPE_JWT", signingKey: key, instanceKey });
  const { headers, body } = await sender.function("preuserinfo");
  const file = await folder.file("delivery.json", JSON.stringify({ headers, body }));
  const jwks = join(folder.path, "jwks.json");
  expect(await built(["verify", file, "--jwks", jwks], { ZITADEL_SIGNING_KEY: key })).toMatchObject({ code: 0 });
});

test("the code that records a delivery records it so that it can be verified, and the request can still be read", async () => {
  const [module] = all.filter(({ language, code }) => language === "ts" && code.includes("function keep("));
  const { headers, body, target, receivedAtUnix } = recording("request-json");
  const path = await folder.file("keep.mts", module?.code ?? "");
  const kept = join(folder.path, "delivery.json");
  const request = `new Request("https://example.com", ${JSON.stringify({ method: "POST", headers, body })})`;
  const script = `import { keep } from ${JSON.stringify(pathToFileURL(path).href)};
const request = ${request};
await keep(request, ${JSON.stringify(kept)});
console.log(await request.text());`;
  const { stdout } = await spawned([process.execPath, "--input-type=module", "-e", script], {});
  expect(stdout).toBe(`${body}\n`);
  expect(JSON.parse(readFileSync(kept, "utf8"))).toMatchObject({ isBase64Encoded: true });
  const env = { ZITADEL_SIGNING_KEY: target.signingKey };
  expect(await built(["verify", kept, "--at", String(receivedAtUnix)], env)).toMatchObject({ code: 0 });
});
