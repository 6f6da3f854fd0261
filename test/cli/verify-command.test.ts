import { chmod } from "node:fs/promises";
import { built } from "../support/cli";
import { type Folder, openFolder, result, signed, verify } from "../support/verify";
import { at, event, key } from "../support/webhook";

// The options and the output of `verify`.

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.remove());

const body = JSON.stringify(event);
const other = "another0another1another2another3anot";

test("each check is reported in a receiver's order, with what there was to check", async () => {
  const file = await folder.file("body", body);
  const { code, stdout, stderr } = await verify([file, ...signed(body)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    `${file}: a body with 1 header`,
    "",
    "  passed      signing key           ZITADEL_SIGNING_KEY",
    "  passed      header",
    "  passed      form of the header",
    "  passed      age                   signed 2026-11-22T01:00:47Z, checked at 2026-11-22T01:00:47Z (--at)",
    `  passed      body                  ${body.length} bytes`,
    "  passed      signature             with the key from ZITADEL_SIGNING_KEY",
    "  passed      payload type          JSON",
    "  not needed  decryption",
    "  not needed  instance's signature",
    "  passed      payload               event",
    "",
    "Verified.",
    "",
  ]);
});

test("of a refusal it says what the receiver says, what happened and what to do", async () => {
  const file = await folder.file("body", `${body}\n`);
  const { code, stdout, stderr } = await verify([file, ...signed(body)]);
  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
  expect(stdout.split("\n").slice(7)).toEqual([
    "  FAILED      signature             signature_mismatch",
    "  not reached payload type",
    "  not reached decryption",
    "  not reached instance's signature",
    "  not reached payload",
    "",
    expect.stringMatching(/^A receiver says: No signature matches: /),
    "What happened: The body is not what was sent. The signature matches the key from ZITADEL_SIGNING_KEY once the line break at the body's end is removed. An editor or a shell adds one, but ZITADEL sends none.",
    expect.stringMatching(/^What to do: Record the bytes as they arrive/),
    "",
    "Not verified.",
    "",
  ]);
});

test("--show-payload shows the payload of what is verified, and nothing else does", async () => {
  const file = await folder.file("body", body);
  const shown = await verify([file, ...signed(body), "--show-payload"]);
  expect(JSON.parse(shown.stdout.split("Verified.\n")[1] ?? "")).toEqual(event);
  expect((await result([file, ...signed(body), "--show-payload"])).payload).toEqual(event);
  const hidden = await verify([file, ...signed(body)]);
  const json = await verify([file, ...signed(body), "--json"]);
  const refused = await verify([file, ...signed(body, other), "--show-payload"]);
  for (const { stdout } of [hidden, json, refused]) expect(stdout).not.toContain("aggregateID");
});

test("a payload does not give orders to the terminal", async () => {
  const odd = JSON.stringify({ ...event, event_type: "\u009b31m\u202e" });
  const file = await folder.file("body", odd);
  const { stdout } = await verify([file, ...signed(odd), "--show-payload"]);
  expect(stdout).toContain(String.raw`"event_type": "\u009b31m\u202e"`);
});

describe("keys", () => {
  test("several may be given, one a line and in several files; the one that fits is named, and none is shown", async () => {
    const file = await folder.file("body", body);
    const before = await folder.file("before", `${other}\n\n${key}\n`);
    const newest = await folder.file("newest", "newest0newest1newest2newest3newest4n");
    const said = await result([file, ...signed(body), "--key-file", newest, "--key-file", before]);
    const detail = (check: string) => said.checks.find((one) => one.check === check)?.detail;
    expect(detail("signature")).toBe(`with the key from line 3 of ${before}`);
    expect(detail("signingKey")).toBe(`${newest}, line 1 of ${before}, line 3 of ${before}`);
  });

  test("there may be more of them than a receiver takes", async () => {
    const file = await folder.file("body", body);
    const others = Array.from({ length: 20 }, (_, index) => `${other.slice(0, -2)}${10 + index}`);
    const all = await folder.file("all", [...others, key].join("\n"));
    const said = await result([file, ...signed(body), "--key-file", all]);
    expect(said).toMatchObject({ verified: true });
    expect(said.checks).toContainEqual({
      check: "signature",
      status: "passed",
      detail: `with the key from line 21 of ${all}`,
    });
    const none = await folder.file("none", others.join("\n"));
    expect(await result([file, ...signed(body), "--key-file", none])).toMatchObject({ code: "signature_mismatch" });
    const odd = await folder.file("odd", [...others, "two words"].join("\n"));
    const { code, explanation } = await result([file, ...signed(body), "--key-file", odd]);
    expect([code, explanation?.what]).toEqual([
      "settings",
      `ZITADEL's keys have only letters and digits. That is not a key: line 21 of ${odd}.`,
    ]);
    for (const more of [[], others]) {
      const commented = await folder.file("commented", ["# the newest", ...more, key].join("\n"));
      const said = await result([file, ...signed(body), "--key-file", commented]);
      expect([said.code, said.explanation]).toEqual([
        "settings",
        {
          isProven: true,
          what: `The signature matches the key from line ${more.length + 2} of ${commented}. ZITADEL's keys have only letters and digits. That is not a key: line 1 of ${commented}.`,
          todo: "Remove what is not a key: a receiver rejects the whole list.",
        },
      ]);
    }
    const quoted = await folder.file("quoted", [...others, `"${key}"`].join("\n"));
    expect(await result([file, ...signed(body), "--key-file", quoted])).toMatchObject({
      code: "settings",
      explanation: { isProven: true },
    });
  });

  test("with --key-file the variable does not count", async () => {
    const [file, keys] = [await folder.file("body", body), await folder.file("keys", other)];
    expect(await result([file, ...signed(body), "--key-file", keys])).toMatchObject({ code: "signature_mismatch" });
  });

  test.each(["", "\n\n"])("a file without one (%j) is an error", async (content) => {
    const [file, keys] = [await folder.file("body", body), await folder.file("keys", content)];
    const { code, stderr } = await verify([file, ...signed(body), "--key-file", keys]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `Reading ${keys} failed: it contains no key.\n` });
  });

  test("a file that others can read gives a note", async () => {
    const [file, keys] = [await folder.file("body", body), await folder.file("keys", key)];
    await chmod(keys, 0o644);
    const note = `${keys} contains a key, and others on this machine can read it: run chmod 600.`;
    expect((await verify([file, ...signed(body), "--key-file", keys])).stderr).toBe(`note: ${note}\n`);
    expect((await result([file, ...signed(body), "--key-file", keys])).notes).toEqual([note]);
  });
});

describe("the time", () => {
  const age = async (args: string[]) => {
    const file = await folder.file("body", body);
    const [header, value] = signed(body);
    const said = await result([file, header ?? "", value ?? "", ...args]);
    return said.code ?? said.checks.find(({ check }) => check === "age");
  };

  test.each([
    [["--at", String(at + 300)], { status: "passed", detail: /checked at 2026-11-22T01:05:47Z \(--at\)$/ }],
    [["--at", "2026-11-22T02:05:46.500+01:00"], { status: "passed", detail: /checked at 2026-11-22T01:05:46Z/ }],
    [["--ignore-age"], { status: "ignored", detail: /^signed 2026-11-22T01:00:47Z$/ }],
  ])("%j", async (args, { status, detail }) => {
    expect(await age(args)).toMatchObject({ status, detail: expect.stringMatching(detail) as string });
  });

  test("as of then it may be too old, or not signed yet", async () => {
    expect(await age(["--at", String(at + 301)])).toBe("too_old");
    expect(await age(["--at", String(at - 11)])).toBe("in_future");
  });

  test("without an option it is now", async () => {
    const file = await folder.file("body", body);
    const now = Math.floor(Date.now() / 1_000);
    const given = (time: number) => signed(body, key, time).slice(0, 2);
    expect(await result([file, ...given(now)])).toMatchObject({ verified: true });
    expect(await result([file, ...given(now - 400)])).toMatchObject({ code: "too_old" });
  });
});

test.each([
  [[], "verify needs a delivery: a file, or - for standard input."],
  [[""], "verify needs a delivery: a file, or - for standard input."],
  [["d.json", other], "verify takes one delivery. Give keys with --key-file FILE, not as arguments."],
  [["d.json", `--key=${other}`], "Unknown option '--key'. Did you mean --key-file?"],
  [["d.json", "--header", other], "--header needs 'NAME: VALUE'."],
  [["d.json", "--at", "yesterday"], "--at needs a time: 2026-11-22T01:00:47Z, or whole seconds since 1970."],
  [["d.json", "--at", "1795309247000"], "--at needs a time: 2026-11-22T01:00:47Z, or whole seconds since 1970."],
  [["d.json", "--at", "2026-13-22T01:00:47Z"], "--at needs a time: 2026-11-22T01:00:47Z, or whole seconds since 1970."],
  [["d.json", "--at", "1", "--ignore-age"], "Use either --at or --ignore-age, not both."],
  [["d.json", "--decryption-key", "1=k.pem"], /^--decryption-key needs --jwks: /],
  [["-", "--key-file", "-"], "Only one of the files can be standard input."],
  [["-", "--jwks", "j", "--decryption-key", "1=-"], "Only one of the files can be standard input."],
  [["d.json", "--key-file", ""], "The name of a file is empty."],
  [["d.json", "--decryption-key", "k.pem", "--jwks", "j.json"], "--decryption-key needs KID=FILE."],
  [["d.json", "--jwks", `https://me:${other}@example.com`], /^--jwks: The instance's address must be /],
])("%j is not understood, and no value is repeated", async (args, said) => {
  const delivery = await folder.file("d.json", JSON.stringify({ headers: {}, body: "" }));
  const { code, stdout, stderr } = await verify(args.map((arg) => (arg === "d.json" ? delivery : arg)));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  const [first = ""] = stderr.split("\n");
  if (typeof said === "string") expect(first).toBe(said);
  else expect(first).toMatch(said);
  expect(stderr).toContain("\n\nUsage: npx pulumi-zitadel-actions verify DELIVERY ");
  expect(stderr).not.toContain(other);
});

test("without a key nothing can be checked", async () => {
  const file = await folder.file("body", body);
  const { code, stderr } = await verify([file, ...signed(body)], { env: { ZITADEL_SIGNING_KEY: "" } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^verify needs a key: set ZITADEL_SIGNING_KEY, or give a --key-file\.\n/);
});

test("the built command takes body and key as they come through a shell", async () => {
  const file = await folder.file("body", body);
  const env = { ZITADEL_SIGNING_KEY: key };
  expect(await built(["verify", file, ...signed(body)], env)).toMatchObject({ code: 0, stderr: "" });
  expect(await built(["verify", "-", ...signed(body)], env, `${body} `)).toMatchObject({ code: 3, stderr: "" });
  const none = await built(["verify", "-", ...signed(body)], {}, body);
  expect(none).toMatchObject({ code: 2, stdout: "" });
});
