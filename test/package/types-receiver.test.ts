import type { Request as ExpressRequest, Response as ExpressResponse } from "express";
import type { Context } from "hono";
import ts from "typescript";
import { options as compiled } from "../support/compiled";
import { root } from "../support/documents";
import { Editor } from "../support/editor";
import {
  appendAttributes,
  appendClaims,
  appendLogClaims,
  expressWebhook,
  forwardStatus,
  type Handler,
  honoWebhook,
  receiver,
  type ReceiverOptions,
  type RequestMessage,
  setUserMetadata,
  webhook,
} from "../../webhook";

// What compiles for a receiver and what does not: `npm run types` fails if an expected error is missing.

const key: ReceiverOptions = { signingKey: "k" };
const saved: unknown[] = [];
const save = async (what: unknown): Promise<void> => {
  saved.push(await Promise.resolve(what));
};
const addHumanUser = "/zitadel.user.v2.UserService/AddHumanUser";

/** During a rotation, from two variables that may both be unset. */
export const rotating: ReceiverOptions = { signingKey: [process.env["NEW_KEY"], process.env["OLD_KEY"]] };
export const rotatingLater: ReceiverOptions = { signingKey: () => [process.env["NEW_KEY"], process.env["OLD_KEY"]] };
// @ts-expect-error -- a key is text
export const noKey: ReceiverOptions = { signingKey: [5] };

export const handlers: Handler[] = [
  async (delivery): Promise<void> => save(delivery),
  (delivery) => save(delivery),
  (delivery) => {
    console.log(delivery);
  },
  async ({ kind }) => {
    await save(kind);
    return kind === "request" ? { limit: 1 } : { team: ["a"], more: { b: null } };
  },
  async ({ kind }) => {
    await save(kind);
    if (kind === "function") return appendClaims({ a: 1 });
    return kind === "request" ? forwardStatus(403, "no") : undefined;
  },
  ({ kind, payload }) => (kind === "response" ? payload.response : undefined),
  () => undefined,
  () => ({ team: undefined, list: [{ a: undefined }] }),
  // @ts-expect-error -- a list has no undefined entries in JSON
  () => ({ list: [undefined] }),
  // @ts-expect-error -- an answer is an object
  () => "ok",
  // @ts-expect-error -- JSON has no functions
  () => ({ a: () => 1 }),
  // @ts-expect-error -- the same, later
  async () => Promise.resolve(5),
];

export const named = [
  receiver(key).request(addHumanUser, ({ payload }) => {
    const given: string | undefined = payload.request?.profile?.givenName;
    const verified: boolean | undefined = payload.request?.email?.isVerified;
    // @ts-expect-error -- no such member
    console.log(given, verified, payload.request?.profile?.givnName);
    const { fullMethod }: { fullMethod: typeof addHumanUser } = payload;
    return { ...payload.request, username: fullMethod };
  }),
  receiver(key).request(addHumanUser, async () => {
    await save(1);
    return forwardStatus(403, "no");
  }),
  receiver(key).request(addHumanUser, (delivery) => save(delivery)),
  // @ts-expect-error -- a member of a wrong type
  receiver(key).request(addHumanUser, () => ({ username: 5 })),
  // @ts-expect-error -- claims are for functions
  receiver(key).request(addHumanUser, () => appendClaims({})),
  // @ts-expect-error -- a typing error in the method
  () => receiver(key).request("/zitadel.user.v2.UserService/AddHumanUsr", () => undefined),
  // @ts-expect-error -- no slash
  () => receiver(key).request("zitadel.user.v2.UserService/AddHumanUser", () => undefined),

  receiver(key).response(addHumanUser, ({ payload }) => {
    const id: string | undefined = payload.response.userId;
    return { ...payload.response, userId: `${id}` };
  }),
  // @ts-expect-error -- a request is no response
  receiver(key).response(addHumanUser, () => ({ username: "a" })),
  // A service whose messages are not known: JSON
  receiver(key).request("/zitadel.admin.v1.AdminService/GetOrgByID", ({ payload }) => ({ ...payload.request, id: 1 })),

  receiver(key).function("preaccesstoken", ({ payload }) => {
    const projects: (string | undefined)[] = payload.user_grants?.map(({ project_id }) => project_id) ?? [];
    const { function: name }: { function: "function/preaccesstoken" } = payload;
    // @ts-expect-error -- the server writes project_id
    console.log(name, payload.user_grants?.[0]?.projectId);
    console.log(payload.user?.human?.email, payload.user?.machine?.name, payload.org?.primary_domain);
    console.log(payload.application?.client_id, payload.user_metadata?.[0]?.key);
    return { ...appendClaims({ projects: projects.length }), ...appendLogClaims("a"), ...setUserMetadata({ a: "b" }) };
  }),
  receiver(key).function("presamlresponse", () => ({
    ...appendAttributes({ a: ["b"] }),
    ...setUserMetadata({ a: "b" }),
  })),
  receiver(key).function("preuserinfo", async () => {
    await save(1);
    return Math.random() > 0.5 ? appendClaims({ a: 1 }) : appendLogClaims("a");
  }),
  // @ts-expect-error -- claims are not for SAML
  receiver(key).function("presamlresponse", () => appendClaims({ a: 1 })),
  // @ts-expect-error -- nor beside attributes
  receiver(key).function("presamlresponse", () => ({ ...appendAttributes({}), ...appendClaims({ a: 1 }) })),
  // @ts-expect-error -- attributes are only for SAML
  receiver(key).function("preuserinfo", () => appendAttributes({ a: ["b"] })),
  // @ts-expect-error -- a typing error in the function
  () => receiver(key).function("preaccestoken", () => undefined),

  receiver(key).event("user.human.added", ({ payload }) => {
    const type: "user.human.added" = payload.event_type;
    console.log(type, payload.aggregateID, payload.event_payload?.["userName"]);
  }),
  receiver(key).event("user.human", ({ payload }) => {
    const type: "user.human" | `user.human.${string}` = payload.event_type;
    return save(type);
  }),
  receiver(key).event("user", async (): Promise<void> => save(1)),
  // @ts-expect-error -- a typing error in the type
  () => receiver(key).event("user.human.aded", () => undefined),
  // @ts-expect-error -- a group is written without a star
  () => receiver(key).event("user.human.*", () => undefined),
  // @ts-expect-error -- events have no answer
  receiver(key).event("user.human.added", () => appendClaims({ a: 1 })),
  // @ts-expect-error -- also none later
  receiver(key).event("user.human.added", async () => Promise.resolve({ a: 1 })),
  receiver(key).otherwise(({ kind }, { headers }) => {
    console.log(kind, headers["traceparent"]);
  }),
];

/** What `@zitadel/proto` says of a message. */
export const message: RequestMessage<typeof addHumanUser> = { username: "a", metadata: [{ key: "a", value: "Yg==" }] };

interface Env {
  Bindings: { KEY: string };
}
export const adapters = [
  expressWebhook(receiver(key).event("user", () => undefined)),
  expressWebhook<ExpressRequest, ExpressResponse>(key, (_, { framework }) => {
    console.log(framework.request.ip, framework.response.locals);
  }),
  honoWebhook<Context<Env>>({ signingKey: ({ framework }) => framework.env.KEY }, () => undefined),
  honoWebhook(receiver<Context<Env>>({ signingKey: ({ framework }) => framework.env.KEY }).otherwise(() => undefined)),
  webhook<[env: { KEY: string }]>({ signingKey: ({ framework }) => framework.args[0].KEY }, () => undefined),
  // @ts-expect-error -- a receiver for Hono is not one for Express
  expressWebhook(receiver<Context<Env>>({ signingKey: ({ framework }) => framework.env.KEY })),
];

test("what compiles and what does not", () => {
  expect([handlers.length, named.length, adapters.length]).toEqual([12, 25, 6]);
  expect(message.username).toBe("a");
});

// The compiler reads the types of the API's messages.
jest.setTimeout(300_000);

const start = (...lines: string[]) =>
  [
    `import { receiver } from "pulumi-zitadel-actions/webhook";`,
    ...lines.map((line) => `receiver({ signingKey: "k" })${line};`),
  ].join("\n");

test("an editor offers names, and the members of payloads", () => {
  const offers: [line: string, expected: string[]][] = [
    ['.request("@", () => undefined)', ["/zitadel.session.v2.SessionService/CreateSession", addHumanUser]],
    ['.response("@", () => undefined)', [addHumanUser]],
    ['.function("@", () => undefined)', ["preuserinfo", "preaccesstoken", "presamlresponse"]],
    ['.event("@", () => undefined)', ["user.human.added", "session.added", "user.human"]],
    [`.request("${addHumanUser}", ({ payload }) => { payload.request?.@ })`, ["username", "profile"]],
    ['.function("preuserinfo", ({ payload }) => { payload.user_grants?.[0]?.@ })', ["project_id", "roles"]],
  ];
  const pieces = start(...offers.map(([line]) => line)).split("@");
  const editor = new Editor(pieces.join(""));
  offers.forEach(([, expected], index) => {
    const offered = editor.completions(pieces.slice(0, index + 1).join("").length);
    expect(offered).toEqual(expect.arrayContaining(expected));
  });
});

/** What the compiler has against a program where `@zitadel/proto` and `@bufbuild/protobuf` are not installed. */
function withoutProto(code: string, given: ts.CompilerOptions = {}): string[] {
  const file = `${root}/examples/without-proto.ts`;
  const isHidden = (name: string) => /node_modules\/@(zitadel|bufbuild)\//.test(name);
  const settings: ts.CompilerOptions = { ...compiled, ...given };
  const host = ts.createCompilerHost(settings);
  const readFile = host.readFile.bind(host);
  host.fileExists = (name) => name === file || (!isHidden(name) && ts.sys.fileExists(name));
  host.readFile = (name) => (name === file ? code : readFile(name));
  host.directoryExists = (name) => !isHidden(`${name}/`) && ts.sys.directoryExists(name);
  const program = ts.createProgram({ rootNames: [file], options: settings, host });
  const hidden = program.getSourceFiles().filter(({ fileName }) => isHidden(fileName));
  expect(hidden).toEqual([]);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

test.each([
  ["as projects usually do", {}],
  [
    "with the declarations of packages checked",
    { skipLibCheck: false, types: [], lib: ["lib.es2024.d.ts", "lib.webworker.d.ts", "lib.webworker.iterable.d.ts"] },
  ],
])("without @zitadel/proto, messages are JSON and nothing is missing: %s", (_, given) => {
  const line = (inside: string) => start(`.request("${addHumanUser}", ({ payload }) => { ${inside} })`);
  expect(withoutProto(line("return { ...payload.request, anything: 1 };"), given)).toEqual([]);
  expect(withoutProto(line("const id: number = payload.request?.['userId'];"), given).join()).toContain(
    "is not assignable to type 'number'",
  );
});
