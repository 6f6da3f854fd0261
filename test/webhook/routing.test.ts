import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  appendAttributes,
  appendClaims,
  forwardStatus,
  type Handler,
  isWebhookError,
  receiver,
  type Receiver,
  webhook,
} from "../../webhook";
import { EVENT_TYPES, FUNCTIONS, METHODS } from "../../local/zitadel/executions/words";
import { event, headersOf, options, optionsFor, recorded } from "../support/webhook";

// Handlers by name: each delivery reaches the most specific one, and its answer is sent.

type Sent = object;
async function send(to: Receiver, payload: Sent): Promise<[number, unknown]> {
  const body = JSON.stringify(payload);
  const request = new Request("https://example.com", { method: "POST", body, headers: headersOf(body) });
  const response = await webhook(to)(request);
  const text = await response.text();
  return [response.status, text === "" ? undefined : (JSON.parse(text) as unknown)];
}

const addHumanUser = "/zitadel.user.v2.UserService/AddHumanUser";
const createSession = "/zitadel.session.v2.SessionService/CreateSession";
const ofType = (event_type: string) => ({ ...event, event_type });

test("a request goes to its method's handler, and its answer replaces it", async () => {
  const zitadel = receiver(options)
    .request(addHumanUser, ({ payload }) => ({ ...payload.request, username: "changed" }))
    .request(createSession, () => forwardStatus(403, "not now"))
    .response(addHumanUser, ({ payload: { response } }) => ({ ...response, userId: "2" }));
  const request = { profile: { givenName: "Ada" } };
  expect(await send(zitadel, { fullMethod: addHumanUser, request })).toEqual([
    200,
    { ...request, username: "changed" },
  ]);
  expect(await send(zitadel, { fullMethod: createSession, request: {} })).toEqual([200, forwardStatus(403, "not now")]);
  expect(await send(zitadel, { fullMethod: addHumanUser, request, response: { userId: "1" } })).toEqual([
    200,
    { userId: "2" },
  ]);
  expect(await send(zitadel, { fullMethod: createSession, request: {}, response: {} })).toEqual([200, undefined]);
});

test("a function goes to its own handler", async () => {
  const zitadel = receiver(options)
    .function("preaccesstoken", ({ payload }) => appendClaims({ user: payload.user?.id ?? "" }))
    .function("presamlresponse", async ({ payload }) =>
      Promise.resolve(appendAttributes({ user: [payload.user?.username ?? ""] })),
    );
  const user = { id: "1", username: "ada" };
  expect(await send(zitadel, { function: "function/preaccesstoken", user })).toEqual([
    200,
    appendClaims({ user: "1" }),
  ]);
  expect(await send(zitadel, { function: "function/presamlresponse", user })).toEqual([
    200,
    appendAttributes({ user: ["ada"] }),
  ]);
  expect(await send(zitadel, { function: "function/preuserinfo", user })).toEqual([200, undefined]);
});

test("an event goes to the handler of the longest name that it has", async () => {
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(name);
  const zitadel = receiver(options)
    .event("user", note("user"))
    .event("user.human", note("user.human"))
    .event("user.human.added", note("user.human.added"))
    .otherwise(note("otherwise"));
  for (const type of [
    "user.human.added",
    "user.human.profile.changed",
    "user.machine.added",
    "user",
    "users.added",
    "session.added",
  ])
    await send(zitadel, ofType(type));
  expect(seen).toEqual(["user.human.added", "user.human", "user", "user", "otherwise", "otherwise"]);
});

test("what has no handler goes to `otherwise`, whatever its kind; without that it changes nothing", async () => {
  const kinds: string[] = [];
  const rest: Handler = ({ kind }, { headers }) => {
    kinds.push(`${kind} ${headers["zitadel-signature"]?.slice(0, 2)}`);
  };
  const zitadel = receiver(options).request(createSession, () => undefined);
  const others = [
    { fullMethod: addHumanUser, request: {} },
    { fullMethod: createSession, request: {}, response: {} },
    { function: "function/preuserinfo" },
    ofType("toString"),
    ofType("__proto__"),
  ];
  for (const one of others) expect(await send(zitadel, one)).toEqual([200, undefined]);
  zitadel.otherwise(rest);
  for (const one of others) expect(await send(zitadel, one)).toEqual([200, undefined]);
  expect(kinds).toEqual(["request t=", "response t=", "function t=", "event t=", "event t="]);
});

test("two handlers for one name are a mistake, and so is one that is none", () => {
  const zitadel = receiver(options)
    .event("user", () => undefined)
    .otherwise(() => undefined);
  const settings = (make: () => unknown) => {
    try {
      make();
    } catch (error) {
      return isWebhookError(error, "settings") ? error.message : error;
    }
    return undefined;
  };
  expect(settings(() => zitadel.event("user", () => undefined))).toBe('`event("user")` has a handler already.');
  expect(settings(() => zitadel.otherwise(() => undefined))).toBe("`otherwise` has a handler already.");
  expect(settings(() => zitadel.event("session", "log" as unknown as () => undefined))).toBe(
    '`event("session")` needs a name and a function.',
  );
});

const unnamed = (make: (to: Receiver) => unknown): string => {
  const said = jest.spyOn(console, "error").mockReturnValue();
  try {
    make(receiver(options));
    return said.mock.calls.map(([line]) => String(line)).join();
  } catch (error) {
    return isWebhookError(error, "settings") ? error.message : String(error);
  } finally {
    said.mockRestore();
  }
};
/** Registers a handler as JavaScript does, which checks no name. */
const registered = (kind: "request" | "response" | "event" | "function", name: string) =>
  unnamed((to) =>
    (to as unknown as Record<string, (name: string, handler: Handler) => unknown>)[kind]?.(name, () => undefined),
  );

test.each([
  ["request", addHumanUser.slice(1), addHumanUser],
  ["response", addHumanUser.slice(1), addHumanUser],
  ["request", `/${addHumanUser}`, addHumanUser],
  ["request", `POST ${addHumanUser}`, addHumanUser],
  ["request", "/zitadel.user.v2.UserService", undefined],
  ["request", "/zitadel.user.v2.UserService/", undefined],
  ["response", "/zitadel.user.v2.UserService/AddHumanUser/*", addHumanUser],
  ["request", "AddHumanUser", undefined],
  ["request", "", undefined],
  ["function", "function/preaccesstoken", "preaccesstoken"],
  ["function", "preAccessToken", "preaccesstoken"],
  ["function", "preaccestoken", "preaccesstoken"],
  ["function", "postauthentication", undefined],
  ["event", "user.human.*", "user.human"],
  ["event", "user.human.", "user.human"],
  ["event", "event/user.human", undefined],
  ["event", "*", undefined],
  ["event", "", undefined],
] as const)("%s: no delivery can have the name %j, so that a handler for it is a mistake", (kind, name, meant) => {
  const message = registered(kind, name);
  expect(message).toMatch(/^No delivery can have the (method|event|function) /);
  expect(message).toContain(`${JSON.stringify(name)}: write `);
  if (meant === undefined) expect(message).not.toContain("Did you mean");
  else expect(message).toMatch(new RegExp(`Did you mean "${meant}"\\?$`));
});

test.each([
  ["request", "/zitadel.user.v2.UserService/AddHumnUser", addHumanUser],
  ["response", "/zitadel.user.v2.userservice/addhumanuser", addHumanUser],
  ["request", "/zitadel.new.v9.NewService/Do", undefined],
  ["event", "user.humn", "user.human"],
  ["event", "user.human.aded", "user.human.added"],
  ["event", "something.else", undefined],
  ["event", "constructor", undefined],
] as const)("%s: %j may be a newer server's, so that it is only reported", (kind, name, meant) => {
  const line = registered(kind, name);
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  expect(line).toMatch(
    /^pulumi-zitadel-actions\/webhook: this version of the package does not know the (method|event) /,
  );
  expect(line.endsWith(`${JSON.stringify(name)}: if it is misspelt, no delivery has it.${question}`)).toBe(true);
});

test("every name that a server knows is taken without a word, and so is every group", () => {
  const kinds = { request: METHODS, response: METHODS, event: EVENT_TYPES, function: FUNCTIONS };
  const groups = [...EVENT_TYPES].map((type) => type.slice(0, type.lastIndexOf(".")));
  for (const [kind, names] of Object.entries({ ...kinds, group: new Set(groups) })) {
    const lines = unnamed((to) => {
      const all = to as unknown as Record<string, (name: string, handler: Handler) => unknown>;
      for (const name of names) all[kind === "group" ? "event" : kind]?.(name, () => undefined);
    });
    expect(lines).toBe("");
  }
});

test("its options are checked by the adapter that it is given to", () => {
  expect(() => webhook(receiver({ signingKey: "" }))).toThrow("`signingKey` is missing");
});

describe("recorded deliveries", () => {
  const kinds = Object.entries(recorded).filter(([name]) => !/-(json|jwt|jwe)/.test(name));

  test.each(kinds)("%s reaches the handler of its name, with what the types promise", async (name, genuine) => {
    const seen: unknown[] = [];
    const note = (delivery: { payload: object }) => void seen.push(delivery.payload);
    const [, word = ""] = /^\w+-(.*?)(?:-\d)?$/.exec(name) ?? [];
    const to = receiver({ ...optionsFor(genuine), onFailed: (error) => seen.push(error) }).otherwise(() => {
      seen.push("otherwise");
    });
    const given = to as unknown as Record<string, (name: string, handler: unknown) => unknown>;
    const body = JSON.parse(genuine.body) as Sent;
    const kind = name.split("-")[0] ?? "";
    given[kind]?.((body as { fullMethod?: string }).fullMethod ?? word, note);
    const request = new Request("https://example.com", {
      method: "POST",
      body: genuine.body,
      headers: genuine.headers,
    });
    expect((await webhook(to)(request)).status).toBe(200);
    expect(seen).toEqual([body]);
  });

  test("have no member that the types of functions do not know", () => {
    const source = readFileSync(join(__dirname, "..", "..", "webhook", "payload.ts"), "utf8");
    const membersOf = (type: string) => {
      const [, inside = ""] = new RegExp(`export interface ${type}[^{]*\\{\\n(.*?)\\n\\}`, "s").exec(source) ?? [];
      return [...inside.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member);
    };
    const parts: Record<string, string> = {
      user: "FunctionUser",
      user_metadata: "FunctionMetadata",
      org: "FunctionOrg",
      user_grants: "FunctionUserGrant",
      application: "FunctionApplication",
    };
    const unknown: string[] = [];
    const functions = Object.entries(recorded).filter(([name]) => name.startsWith("function"));
    expect(functions).toHaveLength(2);
    for (const [, { body }] of functions) {
      const payload = JSON.parse(body) as Record<string, object | object[]>;
      unknown.push(...Object.keys(payload).filter((name) => !membersOf("FunctionPayload").includes(name)));
      for (const [name, type] of Object.entries(parts)) {
        for (const one of [payload[name] ?? []].flat())
          unknown.push(...Object.keys(one).filter((member) => !membersOf(type).includes(member)));
      }
    }
    expect(unknown).toEqual([]);
  });
});
