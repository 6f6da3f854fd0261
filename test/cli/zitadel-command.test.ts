import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli } from "../support/cli";
import { read } from "../support/documents";
import { call } from "../support/replay";

// `zitadel` starts the mock server and prints how to reach it. The tests run what it prints.

test("says how to reach what it has started, until it is interrupted", async () => {
  const answers: unknown[] = [];
  const { code, stdout, stderr } = await cli(["zitadel", "--port", "0"], {
    isTokenAskedFor: true,
    until: async (text) => {
      const [, url = "", token = ""] = /curl -s -X POST (\S+) -H 'Authorization: Bearer (\w+)'/.exec(text) ?? [];
      answers.push(await call({ baseUrl: "", accessToken: token }, `POST ${url}`, {}));
      for (const [, path = "", body = ""] of text.matchAll(
        /curl -s -X POST \S+(\/local\/\S+) -H '[^']*' -d '([^']*)'/g,
      ))
        answers.push(await call({ baseUrl: new URL(url).origin, accessToken: token }, `POST ${path}`, body));
      return true;
    },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(answers).toMatchObject([
    { status: 200 },
    { status: 200 },
    { status: 200, body: { request: {}, response: {} } },
  ]);

  const [, port = ""] = /running at http:\/\/localhost:(\d+)\./.exec(stdout) ?? [];
  const [, token = ""] = /zitadel-actions:accessToken (\w+)\n/.exec(stdout) ?? [];
  expect(stdout).toContain("pulumi config set zitadel-actions:domain localhost\n");
  expect(stdout).toContain(`pulumi config set zitadel-actions:port ${port}\n`);
  expect(stdout).toContain("pulumi config set zitadel-actions:insecure true\n");
  expect(stdout).toContain(`export ZITADEL_ACCESS_TOKEN=${token}\n`);
  const [, shown = ""] =
    /```text\n(A mock ZITADEL server is running[\s\S]*?)```/.exec(read("docs/commands.md").text) ?? [];
  expect(stdout.replaceAll(port, "8080").startsWith(shown || "?")).toBe(true);
  await expect(fetch(`http://localhost:${port}/`)).rejects.toThrow("fetch failed");
});

test("a port that is in use and a port that is invalid are reported", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const { code, stderr } = await cli(["zitadel", "--port", String(port)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Starting the mock server failed: .*EADDRINUSE.* Choose another port with --port\.$/m);
  } finally {
    server.close();
  }
  expect(await cli(["zitadel", "--port", "http"])).toMatchObject({ code: 2 });
});

test("a token that is given is the server's, after a restart too, and takes the place of the one in the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "zitadel-command-"));
  const statusWith = async (token: string, args: readonly string[]) => {
    let status = 0;
    const { code, stdout } = await cli(["zitadel", "--port", "0", "--file", join(folder, "state.json"), ...args], {
      isTokenAskedFor: true,
      until: async (text) => {
        const [, url = ""] = /running at (http:\/\/localhost:\d+)\./.exec(text) ?? [];
        const answer = await call({ baseUrl: url, accessToken: token }, "POST /v2/actions/targets/search", {});
        status = answer.status;
        return true;
      },
    });
    expect(code).toBe(0);
    return { status, token: /ZITADEL_ACCESS_TOKEN=(\S+)/.exec(stdout)?.[1] };
  };
  try {
    const { token = "" } = await statusWith("", []);
    expect(await statusWith("a-token-of-my-own", ["--token", "a-token-of-my-own"])).toMatchObject({ status: 200 });
    expect(await statusWith("a-token-of-my-own", [])).toEqual({ status: 200, token: "a-token-of-my-own" });
    expect(await statusWith(token, [])).toMatchObject({ status: 401 });
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(await cli(["zitadel", "--token", "short"])).toMatchObject({ code: 2 });
});
